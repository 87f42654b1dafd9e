"""The two clocks: `app_now` for promises and ladders, `db_now` for leases, log-ins and limits."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

CHINA = ZoneInfo("Asia/Shanghai")


def app_now(session: Session) -> datetime:
    """Database time plus the offset row that only tests, the simulator and `demo --check` set.

    One moment for the whole transaction, read when it was bound.
    """
    moment: datetime = session.info["app_now"]
    return moment


def db_now(session: Session) -> datetime:
    """Plain database time; read like the other."""
    moment: datetime = session.info["db_now"]
    return moment


def local_day(moment: datetime) -> date:
    """The calendar day in Asia/Shanghai of an aware moment."""
    return moment.astimezone(CHINA).date()


def day_start(day: date) -> datetime:
    """Midnight in Asia/Shanghai at which `day` begins."""
    return datetime.combine(day, time.min, CHINA)


def day_end(day: date) -> datetime:
    """The first instant after `day`: windows are half-open."""
    return day_start(day + timedelta(days=1))
