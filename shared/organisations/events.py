"""What happens to requests to join; recorded at the county office that decides them."""

from __future__ import annotations

from uuid import UUID

from shared.kernel.event_types import Event, event


@event("organisation.applied", subject="application_id")
class OrganisationApplied(Event):
    """Somebody asks to join; the county has to look at it."""

    application_id: UUID


@event("organisation.approved", subject="application_id")
class OrganisationApproved(Event):
    """The county let it in; the organisation exists from here on."""

    application_id: UUID
    organisation_id: UUID


@event("organisation.refused", subject="application_id")
class OrganisationRefused(Event):
    """The county said no; the reason stands with the application."""

    application_id: UUID
