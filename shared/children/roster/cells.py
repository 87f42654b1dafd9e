"""Cleans single cells: blanks, full-width characters, names, numbers, flags; says which repairs it did."""

from __future__ import annotations

import re
import unicodedata

from shared.children.roster.grid import Cell, as_text

_ESCAPED = re.compile(r"_x000([dDaA9])_")
UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_BREAK = re.compile(r"[ \t\u00a0\u3000]*[\r\n\v\f\u2028\u2029]+[ \t\u00a0\u3000]*")
# Long blanks go first: the patterns below are slow on thousands of them.
_LONG_BLANK = re.compile(r"[ \t\u00a0\u3000]{8,}")
_BLANK = re.compile(r"[\s\u00a0\u3000]+")
_WIDE_RANGES = (range(0xFF10, 0xFF1A), range(0xFF21, 0xFF3B), range(0xFF41, 0xFF5B))  # ０-９ Ａ-Ｚ ａ-ｚ
_WIDE = {code: code - 0xFEE0 for codes in _WIDE_RANGES for code in codes}
_STOPS = "，。；、！？,.;!?：:"
_DOTS = re.compile(r"\s*[•．.・･‧∙⋅●▪﹒᛫ꞏ·]\s*")
_CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_DASHES = re.compile(r"[-‐‑‒–—―－─━/／\\＼_~～*＊.。·、]+")
_FORMULA = re.compile(r"^[=+\-@＝＋－﹣＠]")
_PLAIN_NUMBER = re.compile(r"[+\-－＋]\d[\d\s\-.]*%?")
_AGE = re.compile(r"(\d{1,3})(?:\.\d+)?(?:周?岁|\.0+)?")
_PROSE_FIELDS = frozenset({"remark", "family_situation", "hobbies", "away_reason"})

_NOTHING = "无 没有 暂无 空 未知 不详 不清楚 不明 待补 待查 未填 未采集 none n/a na"
_YES = """
    是 √ ✓ ✔ ☑ v y yes 1 有 对 true t 是的 勾 留守 留守儿童 寄宿 寄宿生 住校 住校生 住宿 住宿生 内宿 内宿生 全寄宿
    随迁 随迁子女 残疾
"""
_NO = """
    否 × ✗ ✘ ☒ x n no 0 无 不是 非 不 没有 false f 走读 走读生 非寄宿 非寄宿生 不住校 不寄宿 外宿 外宿生 通学
    非留守 非留守儿童 健康 正常 非残疾
"""
NOTHING, YES, NO = (frozenset(line.split()) for line in (_NOTHING, _YES, _NO))


def clean(cell: Cell, field: str = "") -> tuple[str, set[str]]:
    """Text without needless blanks and full-width letters; the codes of what was repaired."""
    if not isinstance(cell, str):
        return as_text(cell), set()
    raw = UNSEEN.sub("", _ESCAPED.sub("\n", cell))
    gap = _keep_sentences if field in _PROSE_FIELDS else ""
    joined = _BREAK.sub(gap, _LONG_BLANK.sub("  ", raw.strip()))
    text = joined.replace("\u00a0", " ").replace("\u3000", " ").strip()
    repairs = {"whitespace"} if text != cell else set()
    narrow = text.translate(_WIDE)
    return narrow, repairs | ({"fullwidth"} if narrow != text else set())


def _keep_sentences(found: re.Match[str]) -> str:
    """A line break in prose stands for a stop, unless one stands there already."""
    before = found.string[: found.start()][-1:]
    return "" if before in _STOPS else " "


def person(text: str) -> tuple[str, set[str]]:
    """A name without blanks between Chinese characters and with · as its only dot."""
    repairs: set[str] = set()
    dotted = _DOTS.sub("·", text).strip("·") if _CHINESE.search(text) else text
    if dotted != text:
        repairs.add("dot_in_name")
    pieces = _BLANK.split(dotted)
    if len(pieces) > 1 and all(_CHINESE.fullmatch(piece) for piece in pieces) and _one_person(pieces):
        return "".join(pieces), repairs | {"whitespace"}
    return dotted, repairs


def _one_person(pieces: list[str]) -> bool:
    """李 娜 is one person; 李强 王芳 are two."""
    return sum(map(len, pieces)) <= 4 and (any(len(piece) == 1 for piece in pieces) or len(pieces[-1]) == 1)


def is_dash(text: str) -> bool:
    """Struck out: a dash or slash in place of an answer."""
    return _DASHES.fullmatch(text) is not None


def is_nothing(text: str) -> bool:
    """No answer, an empty word or a dash."""
    return not text or is_dash(text) or text.lower() in NOTHING


def looks_like_formula(text: str) -> bool:
    """A text that a spreadsheet would run when it is exported as it is."""
    return bool(_FORMULA.match(text)) and not is_dash(text) and not _PLAIN_NUMBER.fullmatch(text)


def flag(cell: Cell) -> bool | None:
    """是 or √, 否 or ×; None when blank or when it says neither."""
    if isinstance(cell, bool):
        return cell
    text = _BLANK.sub("", unicodedata.normalize("NFKC", as_text(cell))).lower()
    if text in YES:
        return True
    if text in NO or is_dash(text):
        return False
    if text.startswith(("非", "否", "不", "无", "未")):
        return False
    return True if text.startswith(("是", "√", "留守", "双留守", "单留守", "寄宿", "住校")) else None


def age(text: str) -> int | None:
    """Full years from 56, 56.0 or 56岁."""
    found = _AGE.fullmatch(text)
    return int(found[1]) if found else None
