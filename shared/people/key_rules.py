"""What a script's key may open: every scope of the API in words, and the right it stands on.  Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from shared.kernel.errors import N_

from .rules import RIGHTS, ROLES_OF_KIND, Right

KEY_PREFIX = "hehu_"
SHOWN = len(KEY_PREFIX) + 4  # characters of a key that stay readable, to tell one from another


@dataclass(frozen=True)
class Scope:
    """What one scope lets a script do.

    It is offered to kinds of organisation where somebody has `right`; to `kinds` alone, where they are named.
    """

    words: str
    right: Right
    kinds: tuple[str, ...] = ()


OFFICES = ("county", "bureau")  # they look down on an area
SCOPES: dict[str, Scope] = {
    "about:read": Scope(N_("查看本单位的名称和类型"), Right.TODAY),
    "children:read": Scope(N_("查看儿童名册"), Right.CHILD_READ),
    "children:write": Scope(N_("登记和修改儿童"), Right.CHILD_WRITE),
    "imports:read": Scope(N_("查看导入的名册和预览"), Right.ROSTER_IMPORT),
    "imports:write": Scope(N_("上传名册，确认导入"), Right.ROSTER_IMPORT),
    "units:read": Scope(N_("查看班级和分组"), Right.UNIT_READ),
    "members:read": Scope(N_("查看人员"), Right.MEMBER_READ),
    "members:write": Scope(N_("邀请人员"), Right.MEMBER_WRITE),
    "plans:read": Scope(N_("查看工作计划"), Right.PLAN_READ),
    "plans:write": Scope(N_("建立、修改和启用工作计划"), Right.PLAN_WRITE),
    "plan-items:read": Scope(N_("查看计划里的各项工作"), Right.PLAN_READ),
    "plan-items:write": Scope(N_("修改计划里的各项工作"), Right.PLAN_WRITE),
    "occurrences:read": Scope(N_("查看排好的待办"), Right.PLAN_READ),
    "pairings:read": Scope(N_("查看结对帮扶"), Right.PAIRING_READ),
    "pairings:write": Scope(N_("结对和解除结对"), Right.PAIRING_WRITE),
    "records:read": Scope(N_("查看走访和联系的记录"), Right.RECORD_WRITE),
    "records:write": Scope(N_("登记和更正走访、联系"), Right.RECORD_WRITE),
    "incidents:read": Scope(N_("查看突发事件"), Right.INCIDENT_READ),
    "incidents:write": Scope(N_("上报突发事件，登记告知"), Right.INCIDENT_WRITE),
    "inbox:read": Scope(N_("查看本单位所有人的消息"), Right.INBOX),
    "deliveries:read": Scope(N_("查看短信的发送情况"), Right.DELIVERY_READ),
    "deliveries:write": Scope(N_("重发没有送到的短信"), Right.DELIVERY_READ),
    "orgs:read": Scope(N_("查看辖区单位"), Right.BOARD_READ, OFFICES),
    "rollups:read": Scope(N_("查看辖区的汇总数字"), Right.BOARD_READ, OFFICES),
}


def scopes_of(kind: str) -> tuple[str, ...]:
    """The scopes that a key of this kind of organisation can carry, in the order of the table."""
    held = frozenset(ROLES_OF_KIND[kind])
    return tuple(
        code
        for code, scope in SCOPES.items()
        if RIGHTS[scope.right] & held and (not scope.kinds or kind in scope.kinds)
    )


def in_order(scopes: Iterable[str]) -> list[str]:
    """Each scope once, in the order of the table."""
    wanted = set(scopes)
    return [code for code in SCOPES if code in wanted]


def key_hash(secret: str) -> str:
    """What is kept of a key: SHA-256 is enough for its 256 random bits."""
    return sha256(secret.encode()).hexdigest()
