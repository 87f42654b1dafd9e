"""What happens to memberships: invited, joined, given other roles, left; and that somebody needs a new password."""

from __future__ import annotations

from uuid import UUID

from shared.kernel.event_types import Event, event


@event("member.invited", subject="invitation_id")
class MemberInvited(Event):
    """An invitation lies ready for its mobile number."""

    invitation_id: UUID


@event("member.joined", subject="membership_id")
class MemberJoined(Event):
    """Somebody accepted; a former member who came back too."""

    membership_id: UUID
    invitation_id: UUID


@event("member.roles_changed", subject="membership_id")
class MemberRolesChanged(Event):
    """The roles, or the units they are held in, are others now."""

    membership_id: UUID


@event("member.left", subject="membership_id")
class MemberLeft(Event):
    """The membership ended; what the person carried needs somebody else."""

    membership_id: UUID


@event("password.reset_started", subject="reset_id")
class PasswordResetStarted(Event):
    """An administrator opened a door to a new password for somebody."""

    reset_id: UUID
    person_id: UUID
