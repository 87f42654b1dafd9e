"""How facts of a child, lines of its history and rows of a roster are put into words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.web.edge.spoken import gettext, in_chinese
from services.web.edge.view import day
from shared.children import facts
from shared.children.facts import Fact
from shared.children.file_queries import Happening
from shared.children.roster import codes
from shared.kernel.errors import N_

Choices = list[tuple[str, str]]

# A code that is a yes or a no by its nature.
_YES_NO = {True: N_("是"), False: N_("否")}
RISK_TONES = {"red": "bad", "yellow": "late", "blue": "wait", "green": "good"}
SHOWS = {
    "new": N_("新增"),
    "updated": N_("更新"),
    "unchanged": N_("不变"),
    "wrong": N_("错误"),
    "absent": N_("名单上没有"),
    "warned": N_("请核对"),
}
STATES = {
    "open": (N_("等待确认"), "wait"),
    "confirmed": (N_("已导入"), "good"),
    "withdrawn": (N_("已撤回"), "quiet"),
    "expired": (N_("已过期"), "quiet"),
}
NOTES = {
    "column_unknown": N_("这一列看不懂，没有读：%(value)s"),
    "column_repeated": N_("这一列重复，只读第一列：%(value)s"),
    "column_missing": N_("名单里没有这一栏：%(value)s"),
    "column_without_head": N_("%(value)s 列没有表头，没有读。"),
    "column_not_kept": N_("这一栏目前不保存：%(value)s"),
    "sheet_without_head": N_("工作表“%(sheet)s”没有找到表头，没有读。"),
    "sheet_hidden": N_("工作表“%(sheet)s”是隐藏的，也读了。"),
    "encoding": N_("文字编码：%(value)s"),
    "row_is_record": N_("CSV 的行号从 1 数起，标题和表头也算。"),
}


def title(field: str) -> str:
    """姓名, 父亲电话; Name, Father telephone."""
    whose, what = facts.title_of(field)
    between = "" if in_chinese() else " "
    return f"{gettext(whose)}{between}{gettext(what).lower()}" if whose else gettext(what)


def value(field: str, fact: Fact) -> str:
    """A fact for the eye; nothing for what was not collected."""
    if fact is None or fact == "":
        return ""
    if isinstance(fact, bool):
        return gettext(_YES_NO[fact])
    if field == "birth_date":
        return day(fact if isinstance(fact, date) else date.fromisoformat(str(fact)))
    said = facts.CODES.get(field, {}).get(str(fact))
    return gettext(said) if said else str(fact)


def choices(field: str) -> Choices:
    """What a field can be chosen from."""
    return [(code, gettext(said)) for code, said in facts.CODES[field].items()]


def exit_choices() -> Choices:
    """Why a child leaves."""
    return [(code, gettext(said)) for code, said in facts.EXIT_REASONS.items()]


def exit_reason(code: str | None) -> str:
    """毕业."""
    return gettext(facts.EXIT_REASONS[code]) if code in facts.EXIT_REASONS else ""


def reveal_choices() -> Choices:
    """What the whole number is needed for."""
    return [(code, gettext(said)) for code, said in facts.REVEAL_REASONS.items()]


def missing(fields: list[str]) -> str:
    """监护人电话、家庭住址."""
    return gettext("、").join(title(field) for field in fields)


def note(code: str, said: str, sheet: str) -> str:
    """A remark about the whole file."""
    shown = title(said) if code == "column_missing" else said
    return gettext(NOTES[code], value=shown, sheet=sheet) if code in NOTES else f"{code} {said}"


def hint(code: str, header: str, stored: str) -> str:
    """How to mend what a finding of this code says of this column; `stored` is the sentence it was kept with."""
    template = codes.ERRORS.get(code) or codes.WARNINGS.get(code)
    return gettext(template, head=header.split("/")[-1]) if template else gettext(stored)


def changes(told: Sequence[tuple[str, Fact, Fact]]) -> list[str]:
    """What a row of a roster would change: from → to, and in one line what it adds."""
    lines = [f"{title(name)}{gettext('：')}{value(name, old)} → {value(name, new)}" for name, old, new in told if old]
    added = [f"{title(name)} {value(name, new)}" for name, old, new in told if not old]
    return lines + ([gettext("补上：%(what)s", what=gettext("、").join(added))] if added else [])


def happening(one: Happening) -> str:
    """改了风险等级：绿色（较低）→红色（紧急）、家庭住址."""
    by_roster = gettext("（由名册导入）") if one.detail.get("import") else ""
    if one.action == "child.register":
        return gettext("登记%(how)s", how=by_roster)
    if one.action == "child.exit":
        return gettext("退出名册：%(why)s", why=exit_reason(one.detail.get("reason")))
    if one.action == "child.come_back":
        return gettext("恢复在册")
    if one.action == "child.viewed":
        return gettext("打开档案")
    if one.action == "child.id_revealed":
        why = facts.REVEAL_REASONS.get(one.detail.get("reason", ""), "")
        return gettext("查看身份证号：%(why)s", why=gettext(why) if why else "")
    return gettext("改了%(what)s%(how)s", what=_changed(one), how=by_roster)


def _changed(one: Happening) -> str:
    coded = one.detail.get("codes", {})
    said = []
    for field in one.detail.get("fields", []):
        before, after = coded.get(field, (None, None))
        words = [value(field, before) or gettext("未采集"), value(field, after) or gettext("未采集")]
        said.append(f"{title(field)} {words[0]}→{words[1]}" if field in coded else title(field))
    return gettext("、").join(said)
