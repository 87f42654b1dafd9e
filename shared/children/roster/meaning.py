"""From the words of a head to the field it names, by the tables of heads.py."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from functools import lru_cache

from shared.children.roster import heads

_WHOLE = {word: field for field, line in heads.WHOLE.items() for word in line.split()}
_BARE = {word: kind for kind, line in heads.BARE.items() for word in line.split()}
_GROUPS = tuple((group, re.compile(pattern)) for group, pattern in heads.GROUPS)
_NOISE = re.compile(r"_x000[dDaA9]_|[\s*★▲※:：;；、,，。\"'“”‘’\u200b\ufeff]+")
_BRACKETS = re.compile(r"[(（\[【][^()（）\[\]【】]*[)）\]】]")
_MARKS = re.compile(r"[()（）\[\]【】]")
# 监护人的联系电话, 父亲（或母亲）电话: whose it is stands before what it is.
_WHOSE = re.compile(
    r"^(?:(?:学生|幼儿|儿童|孩子|留守儿童)?(?:家长|父母|父亲|母亲|双亲)?(?:外出)?(?P<work>务工|打工)|"
    r"(?P<guardian>(?:法定|实际|现|在家|临时|受委托|被委托|委托|代理)?(?:监护人|照料人|照护人|看护人|抚养人|代养人|受委托人|被委托人))|"
    r"(?P<father>父亲?|爸爸)|(?P<mother>母亲?|妈妈)|(?P<parent>家长|父母亲?|双亲)|"
    r"(?P<child>学生|幼儿|儿童|孩子|本人|留守儿童|未成年人|留守学生|留守幼儿)|(?P<family>家庭|家里|家中))的?(?P<what>.*)$"
)


def words(head: str) -> str:
    """A head without blanks, stars, colons, in half-width lower case."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", head)).lower()


def field_of(path: Sequence[str], left: str = "", taken: Collection[str] = ()) -> str | None:
    """The field of a head under its groups.

    `left` is the field of the nearest known column to the left, `taken` are the fields found so far.
    """
    *groups, head = [words(part) for part in path]
    group = next((found for part in reversed(groups) if (found := _group(part))), "")
    for variant in _variants(head):
        if field := _field(variant, group, left, taken):
            return field
    return None


@lru_cache(maxsize=4096)
def is_head(text: str) -> bool:
    """A head or the name of a group of heads, as far as one word can tell."""
    return field_of((text,)) is not None or bool(_group(words(text)))


def _variants(head: str) -> list[str]:
    """As written, without what stands in brackets, and without the brackets alone."""
    return list(dict.fromkeys((head, _BRACKETS.sub("", head), _MARKS.sub("", head))))


def _field(head: str, group: str, left: str, taken: Collection[str]) -> str | None:
    if not head:
        return None
    kind = _BARE.get(head)
    if kind and group and (field := heads.FIELDS.get((group, kind))):
        return field
    # The first 身份证号 or 性别 is the child's wherever it stands; 年龄 beside 监护人 is the guardian's.
    first = kind in ("id", "sex", "address") and _WHOLE.get(head) not in taken
    if head in _WHOLE and (kind is None or first or not _elsewhere(left)):
        return _WHOLE[head]
    if field := _whose(head):
        return field
    if kind:
        return _by_neighbour(kind, left) or _WHOLE.get(head)
    return _WHOLE.get(head)


def _whose(head: str) -> str | None:
    found = _WHOSE.match(head)
    if found is None:
        return None
    kind = _BARE.get(found["what"]) if found["what"] else "name"  # 监护人 alone is the guardian's name
    if kind is None:
        return None
    who = next(name for name, text in found.groupdict().items() if text and name != "what")
    return heads.FIELDS.get((who, kind))


def _by_neighbour(kind: str, left: str) -> str | None:
    who = _elsewhere(left)
    if kind == "name" and not who:
        return "name"
    if kind == "phone":  # without anybody named it is the parents' number
        return heads.FIELDS[(who or "parent", kind)]
    if kind == "relation":
        return "guardian_relation"
    return heads.FIELDS.get((who or "child", kind))


def _elsewhere(left: str) -> str:
    """Whom the columns to the left are about, when that is not the child."""
    return next((who for start, who in heads.LEFT if left.startswith(start)), "")


def _group(text: str) -> str:
    return next((group for group, pattern in _GROUPS if pattern.search(text)), "")
