"""Table: the figures of one organisation, readable by its superiors."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from shared.kernel.database import Base
from shared.kernel.timers import astray

from .timed import ORG_FACTS


def _count() -> Mapped[int]:
    return mapped_column(server_default="0")


class OrgFact(Base):
    """One row per organisation (class *aggregate*); `id` is the organisation's too, `as_of` null until first computed.

    `counted` are the left-behind children that count here (each child once in the county).  The figures of promises
    are those of the window `window_from`..`window_until` by `grace_until` (N06-N08); `…_open` and `…_ahead` are those
    whose grace still runs.  `stale_at` is when the sweeper asks for a refresh: the next grace that runs out, or at
    once where another organisation's roll changed what counts here.
    """

    __tablename__ = "org_fact"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID]
    as_of: Mapped[datetime | None]
    pupils_total: Mapped[int | None]
    children: Mapped[int] = _count()
    left_behind: Mapped[int] = _count()
    counted: Mapped[int] = _count()
    counted_dossier: Mapped[int] = _count()
    counted_paired: Mapped[int] = _count()
    no_guardian: Mapped[int] = _count()
    due: Mapped[int] = _count()
    done: Mapped[int] = _count()
    late: Mapped[int] = _count()
    missed: Mapped[int] = _count()
    open_now: Mapped[int] = _count()
    done_ahead: Mapped[int] = _count()
    visits_due: Mapped[int] = _count()
    visits_done: Mapped[int] = _count()
    visits_late: Mapped[int] = _count()
    visits_missed: Mapped[int] = _count()
    missed_children: Mapped[int] = _count()
    missed_red: Mapped[int] = _count()
    visits_open: Mapped[int] = _count()
    visits_ahead: Mapped[int] = _count()
    incidents_open: Mapped[int] = _count()
    steps_breached: Mapped[int] = _count()
    last_record_on: Mapped[date | None]
    window_from: Mapped[date | None]
    window_until: Mapped[date | None]
    stage: Mapped[str | None]
    stale_at: Mapped[datetime | None]
    alert_at: Mapped[datetime | None]
    skipped: Mapped[list[str] | None] = mapped_column(ARRAY(TEXT))

    __table_args__ = (
        Index("ix_org_fact_alert_at", "alert_at", postgresql_where=text("alert_at IS NOT NULL")),
        Index("ix_org_fact_astray", "tenant_id", postgresql_where=text(astray(ORG_FACTS))),
    )
