"""Looks across rows: one number twice, one child twice, two children under one number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from shared.children.roster.draft import Draft
from shared.children.roster.values import Duplicate

SAME_ID = "same_name_same_id"
SAME_NAME = "same_birth_same_name"
HOMOPHONE = "same_birth_homophone_name"


def compare(drafts: Iterable[Draft]) -> list[Duplicate]:
    """Flag the rows of one workbook against each other; rows with an error of their own take no part."""
    sound = [draft for draft in drafts if not draft.failed]
    found = _same_numbers(sound)
    return found + _same_people([draft for draft in sound if not draft.failed])


def _same_numbers(drafts: list[Draft]) -> list[Duplicate]:
    found: list[Duplicate] = []
    for group in _groups(drafts, "id_no"):
        if len({_plain(draft) for draft in group}) > 1:
            for draft in group:
                draft.flag("id_shared", "id_no")
            continue
        for position, draft in enumerate(group[1:], start=1):
            here = [earlier for earlier in group[:position] if earlier.grid is draft.grid]
            draft.flag("duplicate_row" if here else "duplicate_other_sheet", "id_no")
            found.append(_pair((here or group)[0], draft, SAME_ID))
    return found


def _same_people(drafts: list[Draft]) -> list[Duplicate]:
    """Same birth date, same or homophone name, and not one and the same number."""
    found: list[Duplicate] = []
    for group in _groups(drafts, "birth_date"):
        alike: dict[str, list[Draft]] = defaultdict(list)  # by sound: a crafted file may have one birth date only
        for draft in group:
            before = alike[_sound(_plain(draft))]
            if earlier := next((one for one in before if not _same_number(one, draft)), None):
                draft.flag("possible_duplicate", "name")
                found.append(_pair(earlier, draft, SAME_NAME if _plain(earlier) == _plain(draft) else HOMOPHONE))
            before.append(draft)
    return found


def _same_number(one: Draft, other: Draft) -> bool:
    number = one.values.get("id_no")
    return bool(number) and number == other.values.get("id_no")


def _sound(name: str) -> str:
    # Here and not above: the dictionary is large, and a roster without two children of one birth date needs none.
    from shared.children.pinyin import pinyin_key

    return pinyin_key(name)


def _plain(draft: Draft) -> str:
    return "".join(c for c in draft.text("name") if c.isalnum()).lower()


def _groups(drafts: list[Draft], field: str) -> list[list[Draft]]:
    """The rows that share a value, in the order of the file."""
    groups: dict[str | date, list[Draft]] = defaultdict(list)
    for draft in drafts:
        value = draft.values.get(field)
        if value and isinstance(value, str | date):
            groups[value].append(draft)
    return [group for group in groups.values() if len(group) > 1]


def _pair(earlier: Draft, later: Draft, reason: str) -> Duplicate:
    return Duplicate(earlier.grid.name, earlier.number, later.grid.name, later.number, reason)
