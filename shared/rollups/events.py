"""What happens to the figures of an organisation."""

from __future__ import annotations

from uuid import UUID

from shared.kernel.event_types import Event, event


@event("rollup.stale", subject="organisation_id")
class RollupStale(Event):
    """The clock alone changed the figures, or another organisation's roll changed what counts here."""

    organisation_id: UUID
    skipped: tuple[str, ...] | None = None


@event("rollup.refreshed", subject="organisation_id")
class RollupRefreshed(Event):
    """The organisation's figures are those of `at`."""

    organisation_id: UUID
