"""Events and reactions: what came to an end has its event, each event its reactions, and each reaction its way."""

from __future__ import annotations

from shared.kernel.reactions import HEARS

from .proof import LATELY, Proof

ALARM_WAITS, OTHERS_WAIT = "interval '60 seconds'", "interval '5 minutes'"
# Leased once, run out, and not rung again; or put off for longer than anything is.
STUCK = """(isfinite(lease_until) AND lease_until < now() - interval '60 seconds'
            OR lease_until > now() + interval '10 minutes' OR next_attempt_at > now() + interval '1 hour')"""
# Due and not taken, or put off again and again by those who do not know it.
WAITS = f"""least(next_attempt_at, CASE WHEN attempts = 0 AND last_error IS NOT NULL THEN created_at END)
            < now() - CASE queue WHEN 'alarm' THEN {ALARM_WAITS} ELSE {OTHERS_WAIT} END"""

NEW = "x.id > :since_id"
# (table, which rows, the event they must have, its subject)
SAID = (
    ("occurrence", f"x.state = 'excused' AND {LATELY}", "occurrence.excused", "x.id"),
    ("escalation", f"x.state = 'answered' AND {NEW}", "escalation.answered", "x.id"),
    ("incident", NEW, "incident.opened", "x.id"),
    ("incident", f"x.state = 'closed' AND {NEW}", "incident.closed", "x.id"),
    ("plan", f"x.state = 'active' AND x.activated_at IS NOT NULL AND {NEW}", "plan.activated", "x.id"),
    ("roster_import", f"x.state = 'confirmed' AND {NEW}", "roster.confirmed", "x.id"),
    ("care_record", NEW, "record.written", "x.id"),
    ("care_record", f"x.state = 'void' AND {NEW}", "record.voided", "x.id"),
    ("delivery", f"x.channel = 'sms' AND {NEW}", "delivery.queued", "x.id"),
    ("delivery", f"x.channel = 'sms' AND x.state = 'failed' AND {NEW}", "delivery.failed", "x.id"),
    ("copied_message", f"x.state = 'answered' AND {NEW}", "copied_message.answered", "x.id"),
    (
        "incident_step",
        f"x.state IN ('done', 'done_late') AND {NEW}",
        "incident.step_done",
        "x.incident_id AND e.payload->>'step_id' = x.id::text",
    ),
)
UNSAID_ENDS = " UNION ALL ".join(
    f"""
    SELECT x.tenant_id, '{table} without {name} ' || x.id AS what
      FROM organisation o JOIN {table} x ON x.tenant_id = o.id AND {which}
     WHERE NOT EXISTS (
           SELECT FROM event e WHERE e.tenant_id = x.tenant_id AND e.name = '{name}' AND e.subject_id = {subject})
    """
    for table, which, name, subject in SAID
)
# An event of this version has all its reactors; one of another version, which other reactors may have heard, has some.
UNHEARD = f"""
    SELECT e.tenant_id, e.name || ' → ' || duty.reactor || ' ' || e.id AS what
      FROM organisation o
      JOIN event e ON e.tenant_id = o.id AND e.id > :since_id
      JOIN unnest(CAST(:names AS text[]), CAST(:versions AS int[]), CAST(:reactors AS text[]), CAST(:wanted AS text[]))
           AS duty (name, version, reactor, wanted) ON duty.name = e.name AND e.{HEARS}
     WHERE NOT EXISTS (SELECT FROM reaction r WHERE r.tenant_id = e.tenant_id AND r.event_id = e.id
                          AND (r.reactor = duty.reactor OR e.version <> duty.version))
"""
ORPHANS = """
    SELECT r.tenant_id, r.reactor || ' ' || r.id AS what
      FROM organisation o JOIN reaction r ON r.tenant_id = o.id AND r.id > :since_id
     WHERE NOT EXISTS (SELECT FROM event e WHERE e.tenant_id = r.tenant_id AND e.id = r.event_id)
"""
SILENT = """
    SELECT NULL::uuid AS tenant_id, needed.part AS what
      FROM unnest(CAST(:parts AS text[])) AS needed (part) LEFT JOIN beat b ON b.part = needed.part
     WHERE b.at IS NULL OR b.at < now() - :silence
"""


def _open(which: str) -> str:
    return f"SELECT tenant_id, reactor || ' ' || id AS what FROM reaction WHERE state = 'open' AND {which}"


OUTBOX = (
    Proof(
        "end_unsaid",
        "rows that were opened or closed without their event, so nobody heard of it",
        "tell the people concerned; restore the event from a backup",
        UNSAID_ENDS,
    ),
    Proof(
        "unheard",
        "events that lack a reaction, so part of what follows from them will not happen",
        "add the reaction row (event, reactor, queue) or do its effect by hand; after an upgrade, raise the version of "
        "an event that was given a new reactor",
        UNHEARD,
    ),
    Proof(
        "orphaned",
        "reactions whose event is gone",
        "restore the event from a backup: events are never deleted by the product",
        ORPHANS,
    ),
    Proof(
        "waiting",
        "reactions that wait too long (alarms one minute, others five)",
        "see that hehu clock and hehu worker run, and Redis answers; hehu doctor names what is silent",
        _open(WAITS),
    ),
    Proof(
        "lease_stuck",
        "reactions whose lease ran out and that nobody rang again, or that are put off beyond reason",
        "see that hehu clock runs; set lease_until to '-infinity' and next_attempt_at to now() for those put off",
        _open(STUCK),
    ),
    Proof(
        "parked",
        "reactions that failed five times",
        "hehu reactions parked says why; mend the cause, then hehu reactions replay ID",
        "SELECT tenant_id, reactor || ' ' || id AS what FROM reaction WHERE state = 'parked'",
    ),
    Proof(
        "silent",
        "parts of the machinery that have not shown themselves",
        "start what is missing: hehu clock (bell, sweeper), hehu worker (one for each queue), Redis",
        SILENT,
    ),
)
