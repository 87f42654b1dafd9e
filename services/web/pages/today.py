"""今日待办 by role, the list of everything due, and the week on paper."""

from __future__ import annotations

from datetime import date, datetime
from itertools import groupby
from typing import Any

from flask import Blueprint, current_app, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.web import care_words, notice_words
from services.web.edge.access import access
from services.web.edge.login import current_actor
from services.web.edge.paging import Page, asked
from services.web.edge.tenant import transaction
from services.web.navigation import OFFICES
from shared.care import scope
from shared.care import today_queries as queries
from shared.care.escalations.queries import waiting_for
from shared.care.kinds import KIND_TITLES
from shared.care.record_queries import DueLine
from shared.kernel.clock import app_now, local_day
from shared.kernel.together import together
from shared.notifications import queries as notifications
from shared.organisations import queries as organisations
from shared.people.rules import Actor, Right

bp = Blueprint("today", __name__, url_prefix="/o/<org>")
MOST_LETTERS = 20


@bp.get("/")
@access(Right.TODAY)
def index(org: str) -> ResponseReturnValue:
    """What waits for this person today."""
    actor = current_actor()
    with transaction() as session:
        now = app_now(session)
        if actor.organisation_kind == "county":
            return _office(session, actor, now=now)
        return render_template(
            "today/index.html",
            **_waiting_here(session, actor, now=now),
            now=now,
            start=queries.start_of(session) if actor.may(Right.MEMBER_WRITE) else None,
            words=care_words,
            url_if=url_if,
            kind_titles=KIND_TITLES,
        )


def _waiting_here(session: Session, actor: Actor, *, now: datetime) -> dict[str, Any]:
    """What was sent and what is due, in one round trip."""
    unread, day, waiting, calls, follow_ups = together(
        session,
        notifications.unread_count.steps(session, actor),
        queries.my_day.steps(session, actor, now=now),
        queries.waiting.steps(session, actor, now=now),
        waiting_for.steps(session, actor.membership_id),
        queries.follow_ups.steps(session, actor, now=now),
    )
    due = {"day": day, "waiting": waiting, "calls": calls, "follow_ups": follow_ups}
    return _sent_here(session, actor, unread=unread, now=now) | due


def _office(session: Session, actor: Actor, *, now: datetime) -> str:
    """The same for the county's office: applications and letters."""
    asked = organisations.applications(session, state="open") if actor.may(Right.APPLICATION_DECIDE) else []
    sent = _sent_here(session, actor, unread=notifications.unread_count(session, actor), now=now)
    return render_template("today/office.html", **sent, applications=len(asked))


def _sent_here(session: Session, actor: Actor, *, unread: int, now: datetime) -> dict[str, Any]:
    """Letters from below that wait (None where nobody may answer them) and how many notices are unread."""
    answers = actor.organisation_kind in OFFICES and actor.may(Right.COPY_ANSWER)
    open_ones = session.scalars(notifications.letters().limit(MOST_LETTERS)).all() if answers else []
    return {
        "letters": notifications.letter_views(session, open_ones) if answers else None,
        "unread": unread,
        "today": local_day(now),
        "notice_words": notice_words,
        "rights": Right,
    }


@bp.get("/due")
@access(Right.TODAY)
def due(org: str) -> ResponseReturnValue:
    """Everything open that has begun, page by page."""
    actor, who = current_actor(), request.args.get("who", "mine")
    page, size = asked()
    with transaction() as session:
        now = app_now(session)
        headed = scope.headed_units(session, actor)
        found, total = queries.due_page(
            session, queries.whose(actor, headed, who), limit=size, offset=(page - 1) * size, now=now
        )
    shown = Page(found, total, page, size)
    choices = _choices(headed=bool(headed))
    return render_template("today/due.html", page=shown, now=now, who=who, choices=choices, words=care_words)


@bp.get("/week")
@access(Right.TODAY)
def week(org: str) -> ResponseReturnValue:
    """What is due in a week, one sheet of A4 for each doer."""
    actor, who = current_actor(), request.args.get("who", "mine")
    with transaction() as session:
        now = app_now(session)
        monday = _monday(request.args.get("week", ""), today=local_day(now))
        headed = scope.headed_units(session, actor)
        lines = queries.week_lines(session, queries.whose(actor, headed, who), monday=monday, now=now)
    return render_template(
        "today/week.html",
        sheets=_sheets(lines),
        full=len(lines) == queries.MOST_ON_PAPER,
        monday=monday,
        step=queries.WEEK,
        week_name=_week_name,
        now=now,
        who=who,
        choices=_choices(headed=bool(headed)),
        words=care_words,
    )


def url_if(endpoint: str, **values: Any) -> str | None:
    """The address of a page, when this installation has it."""
    if endpoint not in current_app.view_functions:
        return None
    return url_for(endpoint, org=g.organisation.slug, **values)


def _choices(*, headed: bool) -> list[str]:
    """Whose promises the person may list."""
    wide = current_actor().may(Right.RECORD_KEEP)
    return ["mine", *(["unit"] if headed else []), *(["all"] if wide else [])]


def _monday(asked_for: str, *, today: date) -> date:
    """The Monday of an ISO week such as 2026-W48; of this week without one."""
    try:
        year, number = asked_for.split("-W")
        return date.fromisocalendar(int(year), int(number), 1)
    except ValueError:
        return queries.week_of(today)


def _week_name(monday: date) -> str:
    year, number, _ = monday.isocalendar()
    return f"{year}-W{number:02}"


def _sheets(lines: list[DueLine]) -> list[tuple[str | None, list[DueLine]]]:
    """(doer, their lines); the lines come sorted by doer."""
    sheets = [list(group) for _, group in groupby(lines, lambda line: line.doer_id)]
    return [(rows[0].doer_name, rows) for rows in sheets]
