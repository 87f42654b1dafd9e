"""Which table belongs to whom, who may do what to it, and the lint that compares this with the catalogue (R1).

Classes: *tenant* (own rows only), *aggregate* (written for one tenant, readable by its superiors), *global*
(organisations, people, seats) and *system*.  A table that is not listed here fails the lint.
"""

from __future__ import annotations

from dataclasses import dataclass, field

OWN = "tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)"
SUPERIOR = (
    "tenant_id IN (SELECT s.subordinate_id FROM supervision s WHERE s.superior_id = "
    "(SELECT nullif(current_setting('hehu.tenant', true), '')::uuid))"
)
ALL = "true"

WRITE = "SELECT, INSERT, UPDATE, DELETE"
KEEP = "SELECT, INSERT, UPDATE"
ADD = "SELECT, INSERT"
READ = "SELECT"


@dataclass(frozen=True)
class Table:
    """Verbs per role.  In tenant and aggregate tables each (table, role) has exactly one policy."""

    kind: str
    app: str = WRITE
    others: dict[str, str] = field(default_factory=dict)


_SETTLE = "SELECT, UPDATE (counts_here, settled, settled_key)"
_ASK = "SELECT, INSERT (tenant_id, id, stale_at, alert_at), UPDATE (stage, stale_at, alert_at)"
# The sweeper deletes what has expired; it sees when, and nothing of what.
_EXPIRES = {"hehu_system": "SELECT (expires_at), DELETE"}
_OUTBOX = {"hehu_system": KEEP, "hehu_auditor": READ}


_SENT = ("event_id", "recipient_id", "webhook_id", "channel", "kind", "state", "state_at", "created_at")


def _proved(*columns: str) -> dict[str, str]:
    """The auditor sees these columns beside the key: states and times, never what is told of a child."""
    return {"hehu_auditor": f"SELECT ({', '.join(('tenant_id', 'id', *columns))})"}


def _timed(*columns: str) -> dict[str, str]:
    """The sweeper moves its rows; the auditor sees by these columns that it does."""
    return {"hehu_system": "SELECT, UPDATE", **_proved("stage", "alert_at", *columns)}


_WINDOW = ("window_end", "due_soon_at", "due_at", "grace_until")
_CALL = ("occurrence_id", "level", "recipient_id", "superior_id", "copy_id", "send_at", "answer_by")
_DUTY = ("incident_id", "number", "tell", "superior_id", "copy_id", "due_at", "breach_at", "confirmed_by_recipient_at")

TABLES: dict[str, Table] = {
    # kernel
    "event": Table("tenant", app=ADD, others={"hehu_system": ADD, "hehu_auditor": READ}),
    "reaction": Table("tenant", app=KEEP, others=_OUTBOX),
    "audit_entry": Table("tenant", app=ADD),
    "idempotency_key": Table("tenant", others={"hehu_system": "SELECT (created_at), DELETE"}),
    "api_key": Table("tenant", app=KEEP),
    "beat": Table("system", app=KEEP, others={"hehu_system": KEEP, "hehu_auditor": READ}),
    "clock_offset": Table("system", app=READ, others={"hehu_system": READ, "hehu_rollup": READ, "hehu_auditor": READ}),
    # organisations
    "area": Table("global", app=KEEP, others={"hehu_rollup": READ}),
    "organisation": Table(
        "global", app=KEEP, others={"hehu_rollup": READ, "hehu_system": READ, "hehu_auditor": "SELECT (id)"}
    ),
    "supervision": Table("global", others={"hehu_rollup": READ}),
    "term": Table("tenant"),
    "county_term": Table("global"),
    "unit": Table("tenant"),
    "application": Table("tenant", app=KEEP),
    # people
    "person": Table("global", app=KEEP),
    "seat": Table("global"),
    "login_session": Table("global", others={"hehu_system": "SELECT (last_seen_at), DELETE"}),
    "membership": Table("tenant", app=KEEP, others=_proved("person_id", "until_on")),
    "member_role": Table("tenant"),
    "invitation": Table("tenant", app=KEEP, others=_EXPIRES),
    "password_reset": Table("tenant", app=KEEP, others=_EXPIRES),
    # children
    "child": Table("tenant", app=KEEP),
    "child_contact": Table("tenant"),
    "child_gram": Table("tenant"),
    "child_identity": Table("tenant", others={"hehu_rollup": _SETTLE}),
    "roster_import": Table("tenant", app=KEEP, others=_timed("state", "expires_at")),
    "roster_row": Table("tenant"),
    # care
    "plan": Table("tenant", app=KEEP, others=_proved("state", "activated_at")),
    "plan_item": Table("tenant", others=_timed("state", "top_up_at", "plan_id", "kind", "period", "dates")),
    "assignment": Table("tenant", app=KEEP),
    "occurrence": Table("tenant", app=WRITE, others=_timed("state", "times", "ended_at", *_WINDOW)),
    "care_record": Table("tenant", app=KEEP, others=_proved("state")),
    "occurrence_record": Table("tenant", others=_proved("occurrence_id", "record_id")),
    "escalation": Table("tenant", app=KEEP, others=_timed("state", *_CALL)),
    # incidents
    "incident": Table("tenant", app=KEEP, others=_proved("state", "known_at", "ladder")),
    "incident_child": Table("tenant", app=ADD),
    "incident_step": Table("tenant", app=KEEP, others=_timed("state", *_DUTY)),
    "contact_attempt": Table("tenant", app=ADD),
    # notifications
    "notice": Table("tenant", app=KEEP, others=_proved("event_id", "recipient_id", "kind")),
    "webhook": Table("tenant", app=KEEP, others=_proved("paused_at", "ended_at")),
    "delivery": Table("tenant", app=KEEP, others=_proved(*_SENT)),
    "copied_message": Table("tenant", app=KEEP, others=_proved("state", "kind")),
    # rollups
    "org_fact": Table("aggregate", app=KEEP, others={"hehu_rollup": _ASK, **_timed("stale_at", "as_of")}),
}
ROLES = ("hehu_owner", "hehu_app", "hehu_system", "hehu_rollup", "hehu_auditor", "hehu_backup")
SYSTEM_TABLES = {"alembic_version"}
