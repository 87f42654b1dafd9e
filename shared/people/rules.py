"""Roles, rights, and which role has which right, on one screen.  Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from shared.kernel.errors import N_, NotAllowed


class Role(StrEnum):
    """Roles of the model (part 1), as far as this release uses them."""

    TENANT_ADMIN = "tenant_admin"
    HEAD = "head"
    DEPUTY = "deputy"
    ARCHIVIST = "archivist"
    CLASS_TEACHER = "class_teacher"
    SUBJECT_TEACHER = "subject_teacher"
    PROXY_PARENT = "proxy_parent"
    LOVING_PARENT = "loving_parent"
    TEACHER_MOTHER = "teacher_mother"
    MENTOR = "mentor"
    COUNSELLOR = "counsellor"
    DUTY_CADRE = "duty_cadre"
    CHILD_DIRECTOR = "child_director"
    VILLAGE_OFFICIAL = "village_official"
    GROUP_LEAD = "group_lead"
    GRID_WORKER = "grid_worker"
    SOCIAL_AFFAIRS_LEAD = "social_affairs_lead"
    LOVE_COUNSELLOR = "love_counsellor"
    VOLUNTEER = "volunteer"
    CARE_LEAD = "care_lead"
    CADRE_MENTOR = "cadre_mentor"
    INCIDENT_RECIPIENT = "incident_recipient"
    CHILD_SUPERVISOR = "child_supervisor"
    COUNTY_VIEWER = "county_viewer"
    COUNTY_OFFICER = "county_officer"
    COUNTY_ADMIN = "county_admin"


ROLE_TITLES: dict[Role, str] = {
    Role.TENANT_ADMIN: N_("管理员"),
    Role.HEAD: N_("负责人"),
    Role.DEPUTY: N_("副职"),
    Role.ARCHIVIST: N_("档案管理员"),
    Role.CLASS_TEACHER: N_("班主任"),
    Role.SUBJECT_TEACHER: N_("科任教师"),
    Role.PROXY_PARENT: N_("代理家长"),
    Role.LOVING_PARENT: N_("爱心父母"),
    Role.TEACHER_MOTHER: N_("教师妈妈"),
    Role.MENTOR: N_("帮扶人员"),
    Role.COUNSELLOR: N_("心理咨询教师"),
    Role.DUTY_CADRE: N_("值班干部"),
    Role.CHILD_DIRECTOR: N_("儿童主任"),
    Role.VILLAGE_OFFICIAL: N_("村干部"),
    Role.GROUP_LEAD: N_("村民组长"),
    Role.GRID_WORKER: N_("网格员"),
    Role.SOCIAL_AFFAIRS_LEAD: N_("社会事务负责人"),
    Role.LOVE_COUNSELLOR: N_("爱心辅导员"),
    Role.VOLUNTEER: N_("志愿者"),
    Role.CARE_LEAD: N_("关爱工作负责人"),
    Role.CADRE_MENTOR: N_("帮扶干部"),
    Role.INCIDENT_RECIPIENT: N_("突发事件接报人"),
    Role.CHILD_SUPERVISOR: N_("儿童督导员"),
    Role.COUNTY_VIEWER: N_("县级查看人员"),
    Role.COUNTY_OFFICER: N_("县级工作人员"),
    Role.COUNTY_ADMIN: N_("县级管理员"),
}

_OFFICE = (Role.TENANT_ADMIN, Role.HEAD)
ROLES_OF_KIND: dict[str, tuple[Role, ...]] = {
    "school": (
        *_OFFICE,
        Role.DEPUTY,
        Role.ARCHIVIST,
        Role.CLASS_TEACHER,
        Role.SUBJECT_TEACHER,
        Role.PROXY_PARENT,
        Role.LOVING_PARENT,
        Role.MENTOR,
        Role.COUNSELLOR,
        Role.DUTY_CADRE,
    ),
    "kindergarten": (*_OFFICE, Role.ARCHIVIST, Role.CLASS_TEACHER, Role.TEACHER_MOTHER),
    "village": (*_OFFICE, Role.CHILD_DIRECTOR, Role.VILLAGE_OFFICIAL, Role.GROUP_LEAD, Role.MENTOR),
    "community": (
        *_OFFICE,
        Role.CHILD_DIRECTOR,
        Role.GRID_WORKER,
        Role.SOCIAL_AFFAIRS_LEAD,
        Role.LOVE_COUNSELLOR,
        Role.VOLUNTEER,
    ),
    "bureau": (
        *_OFFICE,
        Role.CARE_LEAD,
        Role.CADRE_MENTOR,
        Role.INCIDENT_RECIPIENT,
        Role.CHILD_SUPERVISOR,
    ),
    "county": (Role.COUNTY_ADMIN, Role.COUNTY_OFFICER, Role.COUNTY_VIEWER),
}


class Right(StrEnum):
    """What somebody may do; addresses, use-cases and menus ask for rights, never for roles."""

    TODAY = "today"
    INBOX = "inbox"
    CHILD_READ = "child.read"
    CHILD_READ_ALL = "child.read_all"
    CHILD_WRITE = "child.write"
    ROSTER_IMPORT = "roster.import"
    UNIT_READ = "unit.read"
    UNIT_WRITE = "unit.write"
    TERM_WRITE = "term.write"
    MEMBER_READ = "member.read"
    MEMBER_WRITE = "member.write"
    API_KEY_WRITE = "api_key.write"
    PLAN_READ = "plan.read"
    PLAN_WRITE = "plan.write"
    PAIRING_READ = "pairing.read"
    PAIRING_WRITE = "pairing.write"
    RECORD_WRITE = "record.write"
    RECORD_KEEP = "record.keep"
    EXCUSE = "excuse"
    INCIDENT_READ = "incident.read"
    INCIDENT_WRITE = "incident.write"
    ESCALATION_ANSWER = "escalation.answer"
    COPY_ANSWER = "copy.answer"
    DELIVERY_READ = "delivery.read"
    PARKED_READ = "parked.read"
    BOARD_READ = "board.read"
    APPLICATION_DECIDE = "application.decide"
    AREA_WRITE = "area.write"


_ALL = frozenset(Role)
_COUNTY = frozenset({Role.COUNTY_VIEWER, Role.COUNTY_OFFICER, Role.COUNTY_ADMIN})
_STAFF = _ALL - _COUNTY
_LEADERS = frozenset({Role.TENANT_ADMIN, Role.HEAD, Role.DEPUTY})
_KEEPERS = _LEADERS | {Role.ARCHIVIST, Role.CHILD_DIRECTOR, Role.SOCIAL_AFFAIRS_LEAD, Role.CARE_LEAD}
_SUPERIORS = frozenset({Role.HEAD, Role.INCIDENT_RECIPIENT, Role.CHILD_SUPERVISOR, Role.CARE_LEAD})

RIGHTS: dict[Right, frozenset[Role]] = {
    Right.TODAY: _ALL,
    Right.INBOX: _ALL,
    Right.CHILD_READ: _STAFF,
    Right.CHILD_READ_ALL: _KEEPERS | {Role.COUNSELLOR},
    Right.CHILD_WRITE: _KEEPERS | {Role.CLASS_TEACHER},
    Right.ROSTER_IMPORT: _KEEPERS - {Role.DEPUTY},
    Right.UNIT_READ: _STAFF,
    Right.UNIT_WRITE: _KEEPERS,
    Right.TERM_WRITE: _LEADERS | {Role.COUNTY_ADMIN},
    Right.MEMBER_READ: _STAFF | {Role.COUNTY_ADMIN, Role.COUNTY_OFFICER},
    Right.MEMBER_WRITE: frozenset({Role.TENANT_ADMIN, Role.COUNTY_ADMIN}),
    Right.API_KEY_WRITE: frozenset({Role.TENANT_ADMIN, Role.COUNTY_ADMIN}),
    Right.PLAN_READ: _STAFF,
    Right.PLAN_WRITE: _KEEPERS,
    Right.PAIRING_READ: _STAFF,
    Right.PAIRING_WRITE: _KEEPERS | {Role.CLASS_TEACHER},
    Right.RECORD_WRITE: _STAFF - {Role.VOLUNTEER},
    Right.RECORD_KEEP: _KEEPERS,
    Right.EXCUSE: _KEEPERS | {Role.CLASS_TEACHER, Role.GROUP_LEAD},
    Right.INCIDENT_READ: _STAFF,
    Right.INCIDENT_WRITE: _STAFF,
    Right.ESCALATION_ANSWER: _KEEPERS | {Role.CLASS_TEACHER, Role.GROUP_LEAD},
    Right.COPY_ANSWER: _SUPERIORS | {Role.COUNTY_OFFICER, Role.COUNTY_ADMIN},
    Right.DELIVERY_READ: _LEADERS | {Role.COUNTY_ADMIN},
    Right.PARKED_READ: _LEADERS | {Role.COUNTY_ADMIN},
    Right.BOARD_READ: _COUNTY | _SUPERIORS,
    Right.APPLICATION_DECIDE: frozenset({Role.COUNTY_ADMIN, Role.COUNTY_OFFICER}),
    Right.AREA_WRITE: frozenset({Role.COUNTY_ADMIN}),
}


@dataclass(frozen=True)
class Actor:
    """Who acts, in which organisation.  `unit_ids`: the units the person heads or holds a role in."""

    tenant_id: UUID
    organisation_kind: str
    person_id: UUID
    membership_id: UUID | None
    name: str
    roles: frozenset[Role]
    unit_ids: frozenset[UUID] = frozenset()

    def may(self, right: Right) -> bool:
        """Whether one of the roles has the right."""
        return bool(RIGHTS[right] & self.roles)

    def require(self, right: str) -> None:
        """Raises NotAllowed.  For rooms below this one, which ask for a right by its name."""
        require(self, Right(right))

    @property
    def sees_all_children(self) -> bool:
        """Whole organisation, or only the own units and paired children (model part 7)."""
        return self.may(Right.CHILD_READ_ALL)


def require(actor: Actor, right: Right) -> None:
    """Raises NotAllowed where no role of the actor has the right."""
    if not actor.may(right):
        raise NotAllowed()


ADMIN_OF_KIND: dict[str, Role] = {
    kind: Role.COUNTY_ADMIN if kind == "county" else Role.TENANT_ADMIN for kind in ROLES_OF_KIND
}
# Who looks after a unit, by kind of unit; the head of a class is its class teacher.
HEAD_OF_UNIT: dict[str, Role] = {
    "class": Role.CLASS_TEACHER,
    "villager_group": Role.GROUP_LEAD,
    "grid": Role.GRID_WORKER,
}
ROLES_IN_UNITS = frozenset(HEAD_OF_UNIT.values())


def roles_fit(kind: str, roles: Iterable[Role]) -> bool:
    """Whether an organisation of this kind has these roles."""
    return set(roles) <= set(ROLES_OF_KIND[kind])
