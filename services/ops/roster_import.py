"""`hehu roster import`: takes a roster in from the command line, by the same steps as the page."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.bootstrap import House, build
from shared.children import import_queries, import_usecases
from shared.children.import_queries import ImportView
from shared.children.roster import Reading
from shared.kernel.clock import app_now, local_day
from shared.kernel.database import bind
from shared.kernel.errors import NotFound, Refused
from shared.kernel.settings import Settings
from shared.organisations.models import Organisation
from shared.people.arrivals import actor_in
from shared.people.models import MemberRole, Membership, Person
from shared.people.rules import Actor, Role

_SHOWN = 40


def take_in(data: bytes, file: str, *, slug: str, phone: str, as_of: date | None) -> tuple[Reading, ImportView]:
    """Stage and confirm.  Raises DomainErrors that say what is wrong: organisation, person, right or file."""
    house = build(Settings.from_env(need=("database_url", "field_keys")))
    with closing(house.app):
        tenant_id, by = _who(house, slug, phone)
        with house.app.transaction(tenant_id) as session:
            now = app_now(session)
        reading = import_usecases.read_roster(data, file, as_of=as_of or local_day(now), by=by)
        with house.app.transaction(tenant_id) as session:
            held = import_usecases.stage(session, reading, data=data, by=by, now=now)
            import_usecases.confirm(session, held.id, by=by, now=now)
            return reading, import_queries.import_view(session, by, held.id)


def _who(house: House, slug: str, phone: str) -> tuple[UUID, Actor]:
    """The organisation of that address, and the member who acts: the one of `phone`, or its only administrator."""
    with house.app.transaction(None) as session:
        found = session.scalars(select(Organisation).where(Organisation.slug == slug)).one_or_none()
        if found is None:
            raise NotFound("organisation.not_found", "没有网址为 %(slug)s 的单位，请核对 --org。", slug=slug)
        bind(session, found.id)
        actor = actor_in(session, _person(session, phone), found)
        if actor is None:
            raise NotFound("member.not_found", "这个手机号不是该单位的人员，请核对 --by。")
        return found.id, actor


def _person(session: Session, phone: str) -> UUID:
    if phone:
        person = session.scalar(select(Person.id).where(Person.phone == phone))
        if person is None:
            raise NotFound("member.not_found", "这个手机号不是该单位的人员，请核对 --by。")
        return person
    admins = session.scalars(
        select(Membership.person_id)
        .join(MemberRole, MemberRole.membership_id == Membership.id)
        .where(MemberRole.role == Role.TENANT_ADMIN, Membership.until_on.is_(None))
        .distinct()
    ).all()
    if len(admins) != 1:
        raise Refused("member.which", "该单位有 %(num)s 名管理员，请用 --by 手机号 说明由谁导入。", num=len(admins))
    return admins[0]


def told(reading: Reading, view: ImportView, *, as_json: bool) -> str:
    """Counts, then the errors with their places; values of cells are not printed."""
    errors = [
        {"sheet": e.sheet, "row": e.row, "column": e.column, "code": e.code, "hint": e.hint} for e in reading.errors
    ]
    if as_json:
        whole: dict[str, Any] = {"import": str(view.id), "file": view.file_name, "counts": dict(view.counts)}
        return json.dumps(whole | {"new_units": list(view.new_units), "errors": errors}, ensure_ascii=False, indent=2)
    c = view.counts
    lines = [
        f"已导入：新增 {c['new']} 名，更新 {c['updated']} 名，{c['unchanged']} 名没有变化；"
        f"错误 {c['wrong']} 行没有导入；在册而名单上没有的 {c['absent']} 名。"
    ]
    lines += [f"  {e['sheet']} 第 {e['row']} 行 {e['column']} 列　{e['code']}　{e['hint']}" for e in errors[:_SHOWN]]
    if len(errors) > _SHOWN:
        lines.append(f"  ……其余 {len(errors) - _SHOWN} 条见 --json")
    return "\n".join(lines)
