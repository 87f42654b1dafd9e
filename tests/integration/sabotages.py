"""What can be broken in a database that has lived, and which check must find it: kind → (check, statements)."""


def _one(table: str, where: str, order: str = "id") -> str:
    return f"ctid = (SELECT ctid FROM {table} WHERE {where} ORDER BY {order} LIMIT 1)"


def _change(table: str, what: str, where: str, order: str = "id") -> str:
    return f"UPDATE {table} SET {what} WHERE {_one(table, where, order)}"


def _delete(table: str, where: str) -> str:
    return f"DELETE FROM {table} WHERE {_one(table, where)}"


def _event_and_reactions(name: str) -> str:
    """The latest event of a name goes, and its reactions with it."""
    latest = f"(SELECT id FROM event WHERE name = '{name}' ORDER BY recorded_at DESC, id DESC LIMIT 1)"
    return f"DELETE FROM reaction WHERE event_id = {latest}; DELETE FROM event WHERE id = {latest}"


def _notices(name: str) -> str:
    """Everybody's, of the latest event of that kind."""
    latest = f"(SELECT event_id FROM notice WHERE kind = '{name}' ORDER BY id DESC LIMIT 1)"
    return f"DELETE FROM notice WHERE event_id = {latest}"


MISSED = "(SELECT id FROM occurrence WHERE state = 'missed' ORDER BY id LIMIT 1)"
ENDED_E1 = "level = 'E1' AND stage = 'lapsed'"
OPEN = "state = 'open' AND stage IS NULL"
WAITS = "state = 'open', done_at = NULL"
DONE = "state = 'done' AND reactor <> 'rollups.refresh'"

_WEBHOOK = """
    INSERT INTO webhook (tenant_id, id, url, secret, events)
    SELECT tenant_id, id, 'https://', '', '[]' FROM delivery WHERE kind = 'missed.E2' LIMIT 1
"""
_WAITS_FOR_IT = """
    UPDATE delivery d SET channel = 'webhook', webhook_id = w.id, recipient_id = NULL, state = 'queued',
           state_at = now() - interval '2 hours' FROM webhook w WHERE w.id = d.id
"""

SABOTAGES: dict[str, tuple[str, str]] = {
    "a promise without alarm": ("alarm_astray", _change("occurrence", "alert_at = NULL", OPEN)),
    "a promise whose alarm rings a year late": (
        "alarm_astray",
        _change("occurrence", "alert_at = alert_at + interval '1 year'", OPEN),
    ),
    "a promise that ended and still has an alarm": (
        "alarm_astray",
        _change("occurrence", "alert_at = due_at", "state = 'missed'"),
    ),
    "a duty without timer": (
        "alarm_astray",
        _change("incident_step", "stage = NULL, alert_at = NULL", "state = 'open'"),
    ),
    "a call whose answer nobody waits for": (
        "alarm_astray",
        _change("escalation", "state = 'open', stage = 'due', alert_at = NULL", ENDED_E1),
    ),
    "a plan item without alarm": ("alarm_astray", _change("plan_item", "alert_at = NULL", "alert_at IS NOT NULL")),
    "a roster that is kept for ever": (
        "alarm_astray",
        _change("roster_import", "state = 'open', stage = NULL", "state = 'expired'"),
    ),
    "a due time a day too late": ("misdated", _change("occurrence", "due_at = due_at + interval '1 day'", OPEN)),
    "a grace of a year": ("misdated", _change("occurrence", "grace_until = due_at + interval '1 year'", OPEN)),
    "a duty with an hour more": (
        "misdated",
        _change("incident_step", "due_at = due_at + '1h', breach_at = breach_at + '1h'", "state = 'open'"),
    ),
    "a stopped sweeper, by what it leaves undone": (
        "late",
        _change(
            "occurrence",
            "due_soon_at = app_now() - interval '10 minutes', alert_at = app_now() - interval '10 minutes'",
            OPEN,
        ),
    ),
    "a stopped sweeper, by its silence": (
        "silent",
        "UPDATE beat SET at = now() - interval '20 minutes' WHERE part = 'sweeper'",
    ),
    "workers that were never started": ("silent", "DELETE FROM beat WHERE part = 'worker:alarm'"),
    "a stage that was never said": (
        "stage_unsaid",
        _change("occurrence", "stage = 'due_soon', alert_at = due_at", OPEN, "due_at"),
    ),
    "a missed promise whose event is gone": ("stage_unsaid", _event_and_reactions("occurrence.missed")),
    "a breach whose event is gone": ("stage_unsaid", _event_and_reactions("incident.step_breached")),
    "a lapse whose event is gone": ("stage_unsaid", _event_and_reactions("escalation.lapsed")),
    "an incident whose event is gone": ("end_unsaid", _event_and_reactions("incident.opened")),
    "a record whose event is gone": ("end_unsaid", _event_and_reactions("record.written")),
    "an answer whose event is gone": ("end_unsaid", _event_and_reactions("escalation.answered")),
    "an excuse whose event is gone": ("end_unsaid", _event_and_reactions("occurrence.excused")),
    "a message whose event is gone": ("end_unsaid", _event_and_reactions("delivery.queued")),
    "an event deleted under its reactions": (
        "orphaned",
        "DELETE FROM event WHERE id = (SELECT id FROM event WHERE name = 'occurrence.missed' ORDER BY id LIMIT 1)",
    ),
    "a deleted reaction": ("unheard", _delete("reaction", "reactor = 'care.escalate'")),
    "an event without any reaction": (
        "unheard",
        "DELETE FROM reaction WHERE event_id IN (SELECT id FROM event WHERE name = 'incident.opened')",
    ),
    "a reaction nobody takes": (
        "waiting",
        _change("reaction", f"{WAITS}, next_attempt_at = now() - interval '10 minutes'", DONE),
    ),
    "a reaction nobody knows": (
        "waiting",
        _change(
            "reaction",
            f"{WAITS}, attempts = 0, last_error = 'UnknownHere', created_at = now() - interval '10 minutes'",
            DONE,
        ),
    ),
    "a lease that ran out": (
        "lease_stuck",
        _change("reaction", f"{WAITS}, lease_until = now() - interval '5 minutes'", DONE),
    ),
    "a lease for ever": ("lease_stuck", _change("reaction", f"{WAITS}, lease_until = 'infinity'", DONE)),
    "a reaction put off for a week": (
        "lease_stuck",
        _change("reaction", f"{WAITS}, next_attempt_at = now() + interval '7 days'", DONE),
    ),
    "a parked reaction": ("parked", _change("reaction", "state = 'parked'", DONE)),
    "a delivery stuck in sending": (
        "unsent",
        _change("delivery", "state = 'sending', state_at = app_now() - interval '10 minutes'", "channel = 'sms'"),
    ),
    "a webhook that waits for ever": ("unsent", f"{_WEBHOOK}; {_WAITS_FOR_IT}"),
    "a delivery nobody is to send": ("unsent", _change("delivery", "state = 'queued', state_at = app_now()", "true")),
    "a miss its doer never heard of": ("no_notice", _notices("occurrence.missed")),
    "a call the head never heard of": ("no_notice", _notices("missed.E2")),
    "an incident nobody heard of": ("no_notice", _notices("incident.opened")),
    "a breach nobody heard of": ("no_notice", _notices("incident.step_breached")),
    "an urgent notice without its message": ("no_delivery", _delete("delivery", "kind = 'missed.E2'")),
    "a miss nobody has to answer for": ("nobody_called", f"DELETE FROM escalation WHERE occurrence_id = {MISSED}"),
    "a miss whose calls are nobody's": (
        "nobody_called",
        f"UPDATE escalation SET recipient_id = NULL, superior_id = NULL WHERE occurrence_id = {MISSED}",
    ),
    "a lapse the head was not called for": (
        "nobody_called",
        "DELETE FROM escalation WHERE level = 'E2' AND occurrence_id IN "
        f"(SELECT occurrence_id FROM escalation WHERE {ENDED_E1})",
    ),
    "an incident without one of its duties": ("incident_without_duty", _delete("incident_step", "true")),
    "an incident closed too early": (
        "incident_without_duty",
        _change("incident", "state = 'closed'", "state = 'open'"),
    ),
    "a copied message that never arrived": (
        "letter_lost",
        "DELETE FROM event WHERE id = (SELECT id FROM event WHERE name = 'miss.reported' ORDER BY id LIMIT 1)",
    ),
    "a letter missing from the in-tray": ("letter_lost", _delete("copied_message", "kind = 'incident'")),
    "a third miss that did not go up": ("letter_lost", _change("escalation", "copy_id = NULL", "level = 'E3'")),
    "an incident that did not go up": (
        "letter_lost",
        _change("incident_step", "copy_id = NULL", "superior_id IS NOT NULL"),
    ),
    "an answer that did not come back": (
        "letter_lost",
        _change("escalation", "state = 'open'", "level = 'E3' AND state = 'answered'"),
    ),
    "a receipt that did not come back": (
        "letter_lost",
        _change("incident_step", "confirmed_by_recipient_at = NULL", "confirmed_by_recipient_at IS NOT NULL"),
    ),
    "a kept promise without its record": ("kept_without_record", "DELETE FROM occurrence_record"),
    "a record declared void by hand": ("kept_without_record", "UPDATE care_record SET state = 'void'"),
    "a plan item that makes no more promises": (
        "idle_item",
        _change("plan_item", "top_up_at = NULL, alert_at = NULL", "alert_at IS NOT NULL"),
    ),
    "figures of the day before yesterday": (
        "old_figures",
        "UPDATE org_fact SET as_of = as_of - interval '2 days' WHERE as_of IS NOT NULL",
    ),
    "figures older than what changed them": (
        "old_figures",
        "UPDATE org_fact f SET as_of = (SELECT max(occurred_at) - interval '1 hour' FROM event e "
        "WHERE e.tenant_id = f.tenant_id AND e.name = 'incident.opened') WHERE as_of IS NOT NULL",
    ),
    "figures asked for and never made": (
        "old_figures",
        _change("org_fact", "stage = 'stale', alert_at = NULL", "as_of IS NOT NULL"),
    ),
}
