"""Files made to harm: refused with a reason, and the service lives."""

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.children.roster import Reading, Refused
from shared.children.roster.archive import OLE
from tests.support.rosters import HEAD, child, reading, repacked, sheet_xml, xlsx

ROSTER = xlsx([HEAD, child()])


def refusal(data: bytes, filename: str = "名单.xlsx") -> str:
    with pytest.raises(Refused) as refused:
        reading(data, filename=filename)
    assert refused.value.message != refused.value.code
    return refused.value.code


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    buffer = io.BytesIO(ROSTER)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", b" " * (60 << 20))

    assert refusal(buffer.getvalue()) == "file_zip_bomb"


@pytest.mark.parametrize("declaration", ['<!DOCTYPE a [<!ENTITY b "c">]>', "<!doctype a>", '<!ENTITY b "c">'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_dtd_or_an_entity_is_refused(declaration, encoding):
    body = '<?xml version="1.0"?>' + declaration + sheet_xml(ROSTER).decode().split("?>", 1)[1]

    assert refusal(repacked(ROSTER, sheet1=body.encode(encoding))) == "file_xml_entity"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'r="A2"', b'r="XFD1048576"'),
        (b'r="A2"', b"r = 'A999999'"),
        (b'<row r="2"', b'<row r="1048576"'),
        (b'<dimension ref="A1:H2"', b'<dimension ref="A1:H1048576"'),
        (b'<dimension ref="A1:H2"', b'<dimension ref="A1:XFD2"'),
    ],
)
def test_a_far_corner_is_refused(old, new):
    xml = sheet_xml(ROSTER)
    assert old in xml

    assert refusal(repacked(ROSTER, sheet1=xml.replace(old, new, 1))) == "file_too_large_range"


def test_a_far_corner_hidden_by_a_character_reference_kills_the_child_and_not_us():
    hidden = sheet_xml(ROSTER).replace(b'r="A2"', b'r="&#88;FD1048576"', 1)

    assert refusal(repacked(ROSTER, sheet1=hidden)) in {"file_too_large_range", "file_type_mismatch"}


def test_a_shared_text_used_a_million_times_stays_within_the_memory_of_the_child():
    cells = b"".join(b'<row r="%d">%s</row>' % (r, b'<c t="s"><v>0</v></c>' * 60) for r in range(1, 3000))
    before, after = sheet_xml(ROSTER).split(b"<sheetData>")[0], sheet_xml(ROSTER).split(b"</sheetData>")[1]
    xml = before + b"<sheetData>" + cells + b"</sheetData>" + after
    strings = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>' + b"x" * 200_000
    many = repacked(ROSTER, sheet1=xml, sharedStrings=strings + b"</t></si></sst>")

    assert refusal(many) == "file_too_large_range"


def test_a_password_is_named_as_the_reason():
    locked = OLE + b"\0" * 504 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 500

    assert refusal(locked) == "file_encrypted"


@pytest.mark.parametrize(
    ("data", "filename"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 60, "名单.xlsx"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 60, "名单.csv"),
        (ROSTER, "名单.csv"),
        (b"a,b,c", "名单.xlsx"),
        (OLE + b"\0" * 600, "名单.xlsx"),
        (ROSTER[:-40], "名单.xlsx"),
        (b"<html><table></table></html>", "名单.csv"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(data, filename):
    assert refusal(data, filename) == "file_type_mismatch"


@pytest.mark.parametrize(
    ("data", "filename"), [(b"", "名单.xlsx"), (b"", "名单.csv"), (b"\r\n,,\r\n", "名单.csv"), (xlsx([]), "名单.xlsx")]
)
def test_an_empty_file_is_refused(data, filename):
    assert refusal(data, filename) == "file_empty"


@pytest.mark.parametrize(
    ("data", "filename"), [(b"abc", "名单.pdf"), (b"abc", "名单"), ("一,二\n三,四".encode(), "名单.csv")]
)
def test_a_file_that_is_no_roster_is_refused(data, filename):
    assert refusal(data, filename) == "file_kind"


def test_too_many_rows_are_refused():
    assert refusal(b"\xe5\xa7\x93\xe5\x90\x8d,a\n" + b"x,y\n" * 20_001, "名单.csv") == "file_too_large_range"


def _accepted_or_refused(data: bytes, filename: str) -> bool:
    try:
        return isinstance(reading(data, filename=filename), Reading)
    except Refused:
        return True


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=600))
def test_any_bytes_are_read_or_refused_as_csv(data):
    assert _accepted_or_refused(data, "名单.csv")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.text(max_size=20), min_size=8, max_size=8), max_size=6))
def test_any_text_under_our_heads_is_read(rows):
    lines = [",".join(map(str, HEAD)), *(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)]

    assert _accepted_or_refused("\n".join(lines).encode("utf-8", "replace"), "名单.csv")


@settings(max_examples=12, deadline=None)
@given(st.integers(0, len(ROSTER) - 1), st.binary(min_size=1, max_size=8))
def test_a_workbook_with_any_bytes_changed_is_read_or_refused(place, changed):
    assert _accepted_or_refused(ROSTER[:place] + changed + ROSTER[place + len(changed) :], "名单.xlsx")
