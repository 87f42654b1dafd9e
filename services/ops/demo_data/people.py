"""Whom to log in as, and what to look at first."""

from __future__ import annotations

from sqlalchemy import select

from services.ops.kept import LogIn
from shared.children.models import Child
from shared.organisations.models import Area, Unit

from .founding import Company
from .history import NEVER_TALKED_TO


def log_ins(companies: dict[str, Company]) -> list[LogIn]:
    """One person for each kind of work."""
    places = (
        ("county", "officer", "县级工作人员", _board(companies["county"]), "全县看板：按乡镇、按单位类型"),
        ("school", "administrator", "学校管理员", "children/", "全校名册；再看“工作计划”里哪一条还没有定周期"),
        ("school", "head", "校长", "inbox/", "没有做到的事，要校长答复的"),
        ("school", _teacher(companies["school"]), "班主任", "", "今日待办；点一条，写一次家访"),
        ("village", "director", "村儿童主任", "", "本村的走访；同一个孩子全县只计一次"),
        ("school_town", "supervisor", "乡镇儿童督导员", "board/", "本镇的学校和村，按单位看"),
        ("education", "recipient", "教育局接报人", "inbox/", "连续三次没有做到的，答复学校"),
    )
    return [_log_in(companies[key], *rest) for key, *rest in places]


def _log_in(company: Company, who: str, title: str, path: str, look_at: str) -> LogIn:
    member = company.members[who]
    return LogIn(
        who=f"{title}（{member.name}）",
        phone=member.phone,
        password=member.password,
        path=path if path.startswith("/") else company.path + path,
        look_at=look_at,
    )


def _board(county: Company) -> str:
    with county.transaction() as session:
        return f"/c/{session.get_one(Area, county.row.area_id).slug}/"


def _teacher(school: Company) -> str:
    """The teacher of a child whose talks were missed: there is something to do."""
    with school.transaction() as session:
        wanted = select(Unit.name).join(Child, Child.unit_id == Unit.id).where(Child.left_behind)
        return session.scalars(wanted.order_by(Child.name).limit(NEVER_TALKED_TO)).first() or ""
