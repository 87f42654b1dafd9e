"""Pages and resources of the roll and of the roster import, in a client's and a script's hands."""

import io
import re
import zipfile

import pytest

from services.web.db import db
from shared.children.roster import archive, read
from tests.support.imports import child_named, rows_of, statements
from tests.support.rosters import AS_OF, HEAD, child, number, repacked, sheet_xml, xlsx
from tests.web.forms import post_form, tokens_of

NUMBER = number("2016-03-08")
ROSTER = xlsx([HEAD, child()])
FORM = {"content_type": "multipart/form-data"}


@pytest.fixture
def client(cast):
    return cast.client(cast.village.child_director)


@pytest.fixture
def home(cast):
    return f"/o/{cast.village.slug}"


def upload(client, home, data, name="名单.xlsx"):
    return post_form(client, f"{home}/imports/", {"file": (io.BytesIO(data), name), "as_of": "2026-09-01"}, **FORM)


def bomb():
    buffer = io.BytesIO(ROSTER)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as whole:
        whole.writestr("xl/worksheets/sheet9.xml", b" " * (60 << 20))
    return buffer.getvalue()


BAD_FILES = {
    "nothing": (b"", "名单.xlsx"),
    "zip bomb": (bomb(), "名单.xlsx"),
    "entity": (repacked(ROSTER, sheet1=b'<!DOCTYPE a [<!ENTITY b "c">]>' + sheet_xml(ROSTER)), "名单.xlsx"),
    "far corner": (repacked(ROSTER, sheet1=sheet_xml(ROSTER).replace(b'r="A2"', b'r="XFD1048576"', 1)), "名单.xlsx"),
    "password": (archive.OLE + b"\0" * 504 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 500, "名单.xlsx"),
    "picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 60, "名单.xlsx"),
    "old excel": (archive.OLE + b"\0" * 600, "名单.xlsx"),
    "cut off": (ROSTER[:-40], "名单.xlsx"),
    "web page": (b"<html><table></table></html>", "名单.csv"),
    "blank": (b"\r\n,,\r\n", "名单.csv"),
    "pdf": (b"abc", "名单.pdf"),
    "no head": ("一,二\n三,四".encode(), "名单.csv"),
    "too many": ("姓名,a\n".encode() + b"x,y\n" * 20_001, "名单.csv"),
    "path as name": (b"abc", "../../../etc/passwd"),
}


@pytest.mark.parametrize("which", BAD_FILES)
def test_a_file_that_cannot_be_read_gives_a_sentence_and_writes_nothing(cast, client, home, which):
    answer = upload(client, home, *BAD_FILES[which])

    assert answer.status_code == 422
    assert re.search(r'id="errors".*?[。]', answer.text, re.S)
    assert not rows_of(cast, cast.village, "roster_import")


def test_no_file_at_all_is_named_at_its_field(client, home):
    answer = post_form(client, f"{home}/imports/", {})

    assert answer.status_code == 422
    assert 'href="#f-file"' in answer.text


def test_a_roster_is_uploaded_looked_at_and_confirmed_once(cast, client, home):
    page = upload(client, home, xlsx([HEAD, child(), child("何小满", born="2017-04-09", id="1")])).location
    preview = client.get(f"{page}?show=new").text
    assert "江一帆" in preview
    assert "江一帆" not in {row["name"] for row in rows_of(cast, cast.village, "child")}

    tokens = tokens_of(preview)
    for _ in range(2):
        assert client.post(f"{page}/confirm", data=tokens).status_code == 303

    assert child_named(cast, cast.village, "江一帆")["version"] == 1
    assert "已导入：新增 1 名" in client.get(page).text


def test_every_tab_of_the_preview_opens(client, home):
    page = upload(client, home, xlsx([HEAD, child(), child("何小满", born="2017-04-09", id="1")])).location

    for show in ("new", "updated", "unchanged", "wrong", "absent", "warned", "nonsense"):
        assert client.get(f"{page}?show={show}&page=2").status_code == 200


def test_the_wrong_rows_come_back_as_a_file_that_is_read_again_once_mended(client, home):
    page = upload(client, home, xlsx([HEAD, child(), child("=1+1", born="2017-04-09", id="123")])).location

    data = client.get(f"{page}/failed.xlsx").data

    reading = read(data, "没有导入的行.xlsx", kind="village", as_of=AS_OF)
    assert [(row.values["name"], row.values["guardian_phone"]) for row in reading.rows] == [("=1+1", "13900000001")]
    assert [finding.code for finding in reading.errors] == ["id_length"]
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml")
        assert b"<f>" not in sheet
        assert "错误原因" in book.read("xl/sharedStrings.xml").decode()


def test_a_withdrawn_roster_says_so(client, home):
    page = upload(client, home, ROSTER).location

    assert post_form(client, f"{page}/withdraw", {}, page=page).status_code == 303

    assert "已撤回" in client.get(page).text
    assert client.get(f"{page}/failed.xlsx").status_code == 409


def test_a_strangers_import_and_one_that_never_was_answer_alike(cast, client, home):
    page = upload(client, home, ROSTER).location
    import_id = page.rsplit("/", 1)[1]
    stranger = cast.client(cast.stranger.admin)

    for path in (import_id, "01900000-0000-7000-8000-000000000000"):
        assert stranger.get(f"/o/{cast.stranger.slug}/imports/{path}").status_code == 404


def test_the_template_is_a_workbook_that_is_read(client, home):
    data = client.get(f"{home}/imports/template.xlsx").data

    assert read(data, "模板.xlsx", kind="village", as_of=AS_OF).rows_total == 0


def test_a_child_is_registered_by_its_number_and_shown_with_the_number_covered(cast, client, home):
    answer = post_form(client, f"{home}/children/new", {"name": " 江一帆 ", "id_no": f" {NUMBER[:6]} {NUMBER[6:]}"})

    page = client.get(answer.location).text
    assert "2016年3月8日" in page
    assert NUMBER not in page
    assert f"{NUMBER[:4]}********{NUMBER[-4:]}" in page
    assert "登记" in page


def test_the_whole_number_is_shown_for_a_reason_and_kept_nowhere(cast, client, home):
    page = post_form(client, f"{home}/children/new", {"name": "江一帆", "id_no": NUMBER}).location

    refused = post_form(client, f"{page}/id-number", {}, page=page)
    shown = post_form(client, f"{page}/id-number", {"reason": "aid"}, page=page)

    assert (refused.status_code, shown.status_code) == (422, 200)
    assert NUMBER in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert "查看身份证号：办理救助或资助" in client.get(page).text
    assert NUMBER not in str(rows_of(cast, cast.village, "idempotency_key"))


def test_a_number_that_is_taken_leads_to_the_file(client, home):
    page = post_form(client, f"{home}/children/new", {"name": "江一帆", "id_no": NUMBER}).location

    answer = post_form(client, f"{home}/children/new", {"name": "江一凡", "id_no": NUMBER})

    assert answer.status_code == 409
    assert page in answer.text
    assert 'value="江一凡"' in answer.text


def test_a_stale_form_keeps_what_was_typed_and_asks_to_look_again(client, home):
    page = post_form(client, f"{home}/children/new", {"name": "江一帆"}).location
    post_form(client, f"{page}/edit", {"name": "江一帆", "version": "1", "hobbies": "画画"})

    stale = post_form(client, f"{page}/edit", {"name": "江一帆", "version": "1", "hobbies": "唱歌"})

    assert stale.status_code == 409
    assert "刚才有人改过" in stale.text
    assert 'value="唱歌"' in stale.text


def test_the_edit_form_shows_what_is_known_and_saving_it_changes_nothing(cast, client, home):
    typed = {"name": "江一帆", "id_no": NUMBER, "guardian_name": "江大川", "guardian_age": "66", "left_behind": "true"}
    page = post_form(client, f"{home}/children/new", typed).location
    form = client.get(f"{page}/edit").text
    fields = dict(re.findall(r'<input class="input[^"]*" id="f-\w+" name="(\w+)"[^>]*? value="([^"]*)"', form))
    ticked = dict(re.findall(r'name="(\w+)" value="(\w+)"(?: id="[^"]+")? checked', form))

    saved = post_form(client, f"{page}/edit", {**fields, **ticked, "version": "1"})

    assert saved.status_code == 303
    assert fields["id_no"] == ""
    assert child_named(cast, cast.village, "江一帆")["version"] == 1


def test_an_exit_is_asked_for_its_reason_and_undone_in_one_tap(cast, client, home):
    page = f"{home}/children/{cast.village.children['郑小石']}"
    assert post_form(client, f"{page}/exit", {}).status_code == 422

    gone = post_form(client, f"{page}/exit", {"reason": "moved"})
    told = client.get(gone.location).text
    back = post_form(client, f"{page}/return", {}, page=page)

    assert "随家人迁走" in told
    assert f'action="{page}/return"' in told
    assert back.status_code == 303
    assert child_named(cast, cast.village, "郑小石")["status"] == "active"


def test_the_search_box_finds_by_initials_and_says_when_nobody_fits(client, home):
    post_form(client, f"{home}/children/new", {"name": "江一帆"})

    assert "江一帆" in client.get(f"{home}/children/?q=jyf").text
    nobody = client.get(f"{home}/children/?q=qqq").text
    assert "没有符合条件的孩子" in nobody


def test_each_view_of_a_file_is_written_down(cast, client, home):
    page = f"{home}/children/{cast.village.children['郑小石']}"

    client.get(page)
    text = client.get(page).text

    views = [row for row in rows_of(cast, cast.village, "audit_entry") if row["action"] == "child.viewed"]
    assert len(views) == 2
    assert "打开档案" in text


def test_the_print_lists_the_roll_without_numbers_and_addresses(client, home):
    paper = client.get(f"{home}/children/print").text

    assert "郑小石" in paper
    assert "制表人" in paper


def test_who_has_no_children_yet_is_told_why(cast):
    page = cast.client(cast.school.proxy_parent).get(f"/o/{cast.school.slug}/children/")

    assert "您还没有负责的孩子" in page.text


def test_a_childs_page_asks_the_same_number_of_questions_after_sixty_more_children(cast, client, home):
    page = f"{home}/children/{cast.village.children['郑小石']}"
    rows = [child(f"江{chr(0x4E00 + n)}", id=number("2016-03-08", n)) for n in range(60)]
    counted = []
    for data in (None, xlsx([HEAD, *rows])):
        if data:
            held = upload(client, home, data).location
            post_form(client, f"{held}/confirm", {}, page=held)
        with client.application.app_context(), statements(db.engine) as seen:
            client.get(page)
            client.get(f"{home}/children/")
        counted.append(len(seen))

    assert counted[0] == counted[1]
