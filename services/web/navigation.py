"""What stands in the menus, on one screen.  An entry shows when its page exists and the person has its right."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, g, request, url_for
from sqlalchemy import select

from shared.kernel.errors import N_
from shared.organisations.models import Area
from shared.people.rules import Actor, Right

from .edge.tenant import short

BOTTOM = 4  # a phone's bottom bar holds these and 更多


@dataclass(frozen=True)
class Entry:
    """One line of the menu; `kinds` limits it to kinds of organisation."""

    endpoint: str
    text: str
    icon: str
    right: Right
    kinds: tuple[str, ...] = ()


OFFICES = ("county", "bureau")
BENEATH = {"webhooks": "keys", "plan_items": "plans", "escalations": "inbox", "excuses": "records"}  # pages → the entry
WITH_CHILDREN = ("school", "kindergarten", "village", "community")  # offices see sums and letters, no roll

MENU: tuple[Entry, ...] = (
    Entry("today.index", N_("今日待办"), "list-todo", Right.TODAY),
    Entry("board.index", N_("县级看板"), "chart-column", Right.BOARD_READ, kinds=OFFICES),
    Entry("inbox.index", N_("消息"), "inbox", Right.INBOX, kinds=OFFICES),
    Entry("children.index", N_("儿童名册"), "users", Right.CHILD_READ, kinds=WITH_CHILDREN),
    Entry("records.index", N_("走访和联系"), "book-open-check", Right.RECORD_WRITE),
    Entry("incidents.index", N_("突发事件"), "siren", Right.INCIDENT_READ),
    Entry("inbox.index", N_("消息"), "inbox", Right.INBOX, kinds=WITH_CHILDREN),
    Entry("plans.index", N_("工作计划"), "calendar-check", Right.PLAN_READ),
    Entry("pairings.index", N_("结对帮扶"), "handshake", Right.PAIRING_READ, kinds=WITH_CHILDREN),
    Entry("imports.index", N_("导入名册"), "upload", Right.ROSTER_IMPORT, kinds=WITH_CHILDREN),
    Entry("applications.index", N_("入驻申请"), "clipboard-check", Right.APPLICATION_DECIDE, kinds=("county",)),
    Entry("areas.index", N_("乡镇和村"), "map-pin", Right.AREA_WRITE, kinds=("county",)),
    Entry("members.index", N_("人员"), "id-card", Right.MEMBER_READ),
    Entry("units.index", N_("班级和分组"), "network", Right.UNIT_READ, kinds=WITH_CHILDREN),
    Entry("deliveries.index", N_("发送情况"), "send", Right.DELIVERY_READ),
    Entry("settings.index", N_("单位设置"), "settings", Right.TERM_WRITE),
    Entry("keys.index", N_("接口密钥"), "key-round", Right.API_KEY_WRITE),
)


@dataclass(frozen=True)
class Link:
    """An entry as the template draws it."""

    url: str
    text: str
    icon: str
    here: bool


def links() -> list[Link]:
    """The menu of this person in this organisation."""
    actor: Actor | None = g.get("actor")
    if actor is None:
        return []
    return [_link(entry) for entry in MENU if _shows(entry, actor)]


def _shows(entry: Entry, actor: Actor) -> bool:
    kind_fits = not entry.kinds or actor.organisation_kind in entry.kinds
    return entry.endpoint in current_app.view_functions and kind_fits and actor.may(entry.right)


def _link(entry: Entry) -> Link:
    room = request.blueprint or ""
    here = BENEATH.get(room, room) == entry.endpoint.split(".")[0]
    of_an_area = any("area" in rule.arguments for rule in current_app.url_map.iter_rules(entry.endpoint))
    place = {"area": own_area()} if of_an_area else {"org": g.organisation.slug}
    return Link(url_for(entry.endpoint, **place), entry.text, entry.icon, here)


def own_area() -> str:
    """The address of the area that the organisation sits in; looked up once a request, by officials alone."""
    if g.area and g.area.id == g.organisation.area_id:
        return str(g.area.slug)
    if "own_area" not in g:
        with short() as session:
            g.own_area = session.scalars(select(Area.slug).where(Area.id == g.organisation.area_id)).one()
    return str(g.own_area)


def search_url() -> str | None:
    """Where the search box sends to, when the person may look for children."""
    actor: Actor | None = g.get("actor")
    found = actor and actor.organisation_kind in WITH_CHILDREN and actor.may(Right.CHILD_READ)
    found = found and "children.index" in current_app.view_functions
    return url_for("children.index", org=g.organisation.slug) if found else None
