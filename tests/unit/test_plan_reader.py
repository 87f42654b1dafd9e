"""What the plan reader takes for a promise, and what it refuses to read."""

import contextlib
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.care.reader import Commitment, read, to_json
from shared.care.reader.document import Unreadable, text_of
from shared.care.reader.lexicon.deeds import DEEDS
from shared.care.reader.values import KINDS, PERIODS, SUBJECTS

WORDS = (
    "每月", "每学期", "定期", "及时", "由", "班主任", "留守儿童", "谈心", "家访", "一次", "建立",
    "档案", "召开", "家长会", "，", "。", "、", "；", "\n", "1、", "一、", "（二）", "九月份：", "通过",
    "利用", "节假日", "六一", "30分钟内", "告知", "时", "了", "十", "2", "“", "”", "为", "让", "她",
    "开展", "活动", "等", "总结", "x", "\u3000", "😀", "\x00",
)  # fmt: skip
ANY_PLAN = st.one_of(st.text(), st.lists(st.sampled_from(WORDS), max_size=60).map("".join))
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def only(text: str) -> Commitment:
    [found] = read(text)
    return found


@pytest.mark.parametrize(
    ("sentence", "kind", "period", "times"),
    [
        ("生活老师每周同寄宿的孩子谈心两次。", "talk", "weekly", 2),
        ("导师每两周上门家访一次。", "home_visit", "biweekly", 1),
        ("儿童主任每季度入户走访一次。", "field_visit", "quarterly", 1),
        ("中心校每学年召开一次表彰大会，表彰优秀代理家长。", "award", "school_year", 1),
        ("村委会每年组织一次摸底。", "census", "year", 1),
        ("每天放学后，农家书屋对孩子们开放。", "other", "daily", None),
        ("定期同外出的父母电话联系。", "call", "unstated", None),
    ],
)
def test_a_frequency_in_plain_words_becomes_a_period(sentence: str, kind: str, period: str, times: int | None) -> None:
    found = read(sentence)[-1]

    assert (found.kind, found.period, found.times) == (kind, period, times)


def test_a_stated_frequency_is_binding_and_a_soft_word_is_not() -> None:
    assert only("帮扶干部每月家访一次。").must
    assert not only("帮扶干部经常家访。").must


def test_the_person_who_acts_is_quoted_as_written() -> None:
    assert only("村级儿童主任每月走访一次。").doer == "村级儿童主任"
    assert only("由心理辅导教师每月上一节心理课。").doer == "心理辅导教师"


@pytest.mark.parametrize(
    ("words", "minutes"),
    [("20分钟内", 20), ("半小时内", 30), ("一个半小时内", 90), ("两小时之内", 120), ("24小时内", 1440)],
)
def test_an_incident_clock_is_read_in_minutes(words: str, minutes: int) -> None:
    found = only(f"孩子走失时，{words}告知监护人。")

    assert (found.kind, found.period, found.within_minutes, found.must) == (
        "incident_notice", "event", minutes, True,
    )  # fmt: skip


def test_each_recipient_of_an_incident_has_a_clock_of_its_own() -> None:
    found = read("遇到意外，10分钟内告知校长，40分钟内告知父母。")

    assert [one.within_minutes for one in found] == [10, 40]


@pytest.mark.parametrize(
    ("sentence", "dates"),
    [
        ("重阳节组织孩子开展敬老活动。", ("lunar:09-09",)),
        ("在三八、五四和国庆等节日组织开展主题活动。", ("03-08", "05-04", "10-01")),
        ("利用寒假和双休日组织开展读书活动。", ()),
    ],
)
def test_a_festival_keeps_its_day_and_a_holiday_has_none(sentence: str, dates: tuple[str, ...]) -> None:
    found = only(sentence)

    assert (found.period, found.dates, found.must) == ("festival", dates, True)


def test_entries_of_a_calendar_are_due_in_their_month() -> None:
    found = read("四、工作日程\n三月份：\n1、召开家长会。\n2、档案整理、学习帮扶计划的制定\n四月份：\n1、清明家访")

    assert [one.dates for one in found[:2]] == [("month:3",), ("month:3",)]
    assert found[-1].period == "festival"
    assert not found[0].must


def test_a_month_left_blank_gives_a_date_without_a_day() -> None:
    found = only("X月份\n1、召开家长会。")

    assert (found.kind, found.period, found.dates) == ("parents_meeting", "date", ())


def test_a_heading_is_left_out_when_its_deed_is_spelled_out_below() -> None:
    found = only("1、开展结对帮扶。\n每名党员与一名儿童结对，落实到人。")

    assert found.quote.startswith("每名党员")


@pytest.mark.parametrize(
    "sentence",
    [
        "营造人人关心孩子的良好氛围。",
        "使每个孩子都感到温暖，确保他们安心学习。",
        "为了做好这项工作，特制定本方案。",
        "建立长效机制。",
        "她每天很晚才写完作业。",
    ],
)
def test_aims_slogans_and_stories_promise_nothing(sentence: str) -> None:
    assert read(sentence) == []


def test_a_report_keeps_its_practice_and_leaves_out_what_is_done() -> None:
    report = "关爱工作小结\n去年我们成立了领导小组。代理家长每月与孩子谈心一次。"

    assert [one.kind for one in read(report)] == ["talk"]


def test_the_json_has_the_keys_of_the_labels() -> None:
    [row] = to_json(read("班主任每月家访一次。"))

    assert " ".join(row) == ("quote subject kind period times min_quantity within_minutes dates doer must")


def test_every_row_of_the_table_uses_known_words() -> None:
    assert {deed.kind for deed in DEEDS} <= set(KINDS)
    assert {deed.subject for deed in DEEDS} <= set(SUBJECTS)
    assert {deed.period for deed in DEEDS} <= set(PERIODS)
    assert {deed.evidence for deed in DEEDS} <= {"none", "soft", "hard", "clock", *PERIODS}


@given(ANY_PLAN)
def test_any_text_is_taken_and_every_quote_stands_where_it_says(text: str) -> None:
    for found in read(text):
        assert text[found.start : found.start + len(found.quote)] == found.quote
        assert found.quote == found.quote.strip() != ""
        assert found.kind in KINDS
        assert found.subject in SUBJECTS
        assert found.period in PERIODS
        assert (found.kind == "incident_notice") == (found.within_minutes is not None)
        assert not (found.must and found.period == "unstated")
        assert found.doer is None or found.doer in text


@pytest.mark.parametrize(
    "part", ["每月", "谈心，", "通过谈心，", "1、", "建立", "、", "（", "十", "\n", "😀", "\x00", " "]
)
def test_a_long_text_without_sense_is_taken(part: str) -> None:
    assert len(read(part * 3000)) <= 3000


def docx(body: str, **others: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", body)
        for name, data in others.items():
            archive.writestr(name, data)
    return packed.getvalue()


def paragraph(words: str) -> str:
    return f"<w:p><w:r><w:t>{words}</w:t></w:r></w:p>"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_text_file_is_read_in_the_encodings_people_have(encoding: str) -> None:
    assert text_of("每月家访一次，做好记录。".encode(encoding), "计划.txt") == "每月家访一次，做好记录。"


def test_paragraphs_and_table_cells_of_a_docx_come_in_the_order_of_the_page() -> None:
    cell = f"<w:tc>{paragraph('九月')}</w:tc><w:tc>{paragraph('家访')}</w:tc>"
    inner = f"{paragraph('安排')}<w:tbl><w:tr>{cell}</w:tr></w:tbl>{paragraph('完')}"

    text = text_of(docx(f"<w:document {W}><w:body>{inner}</w:body></w:document>"), "计划.docx")

    assert text.split("\n") == ["安排", "九月", "家访", "完"]


ENTITY = f'<!DOCTYPE x [<!ENTITY a "b">]><w:document {W}><w:body>{paragraph("&a;")}</w:body></w:document>'


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "a.txt", "document.empty"),
        (" \n\u3000".encode(), "a.txt", "document.empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.doc", "document.kind"),
        (b"%PDF-1.7", "a.txt", "document.kind"),
        (b"\x89PNG\r\n\x1a\n", "a.png", "document.kind"),
        (b"text", "a.wps", "document.kind"),
        (docx("", **{"xl/workbook.xml": b"x"}), "a.xlsx", "document.kind"),
        (bytes(range(256)) * 4, "a.txt", "document.encoding"),
        (b"PK\x03\x04 cut off", "a.docx", "document.broken"),
        (b"not packed", "a.docx", "document.broken"),
        (docx("<w:document"), "a.docx", "document.broken"),
        (docx(ENTITY), "a.docx", "document.broken"),
        (docx("x", **{"word/media.bin": bytes(8 * 1024 * 1024)}), "a.docx", "document.too_large"),
        (b"a" * (20 * 1024 * 1024 + 1), "a.txt", "document.too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_cannot_be_read_is_refused_with_advice(data: bytes, name: str, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        text_of(data, name)

    assert refused.value.code == code
    assert refused.value.message.endswith("。")


@given(st.binary(max_size=400), st.sampled_from(["a.txt", "a.docx", "a.md", "a", "a.pdf"]))
def test_any_bytes_are_read_or_refused(data: bytes, name: str) -> None:
    with contextlib.suppress(Unreadable):
        read(text_of(data, name))
