"""What follows from an event is there: promises, calls, notices, messages, letters, figures."""

from __future__ import annotations

from .proof import LATELY, Proof


def _undone(event: str, subject: str, *reactors: str) -> str:
    """A reaction to this event about this row is still to be done: then its effect need not be there yet."""
    names = ", ".join(f"'{one}'" for one in reactors)
    return f"""EXISTS (SELECT FROM event v JOIN reaction w ON w.tenant_id = v.tenant_id AND w.event_id = v.id
                  WHERE v.tenant_id = x.tenant_id AND v.subject_id = {subject} AND v.name = '{event}'
                    AND w.reactor IN ({names}) AND w.state <> 'done')"""


def _happened(event: str, *reactors: str) -> str:
    """Events of late whose reactors, of these, have all done their work."""
    names = ", ".join(f"'{one}'" for one in reactors)
    return f"""organisation o JOIN event e ON e.tenant_id = o.id AND e.id > :since_id AND e.name = '{event}'
       AND EXISTS (SELECT FROM reaction r WHERE r.tenant_id = e.tenant_id AND r.event_id = e.id
                      AND r.reactor IN ({names}) AND r.state = 'done')"""


CURRENT = "(m.until_on IS NULL OR m.until_on >= timezone('Asia/Shanghai', (SELECT app_now()))::date)"
HERE = f"EXISTS (SELECT FROM membership m WHERE m.tenant_id = {{row}}.tenant_id AND m.id = {{who}} AND {CURRENT})"
NOTIFY = ("notifications.notify", "notifications.notify_alarm")
MESSAGE = "('notifications.message', 'notifications.message_alarm')"

KEPT = f"organisation o JOIN occurrence x ON x.tenant_id = o.id AND x.state IN ('done', 'late') AND {LATELY}"
RECORDS = """FROM occurrence_record l
               JOIN care_record r ON r.tenant_id = l.tenant_id AND r.id = l.record_id AND r.state = 'valid'
              WHERE l.tenant_id = x.tenant_id AND l.occurrence_id = x.id"""
# Two halves, since only the first can be answered by one pass over all records.
KEPT_WITHOUT_RECORD = f"""
    SELECT x.tenant_id, 'occurrence ' || x.id AS what FROM {KEPT} WHERE NOT EXISTS (SELECT {RECORDS})
     UNION ALL
    SELECT x.tenant_id, 'occurrence ' || x.id FROM {KEPT} AND x.times > 1 WHERE x.times > (SELECT count(*) {RECORDS})
"""
IDLE_ITEMS = f"""
    SELECT x.tenant_id, 'plan_item ' || x.id AS what FROM plan_item x
     WHERE x.state = 'active' AND x.alert_at IS NULL AND x.kind <> ALL(CAST(:never_due AS text[]))
       AND x.period NOT IN ('once', 'unstated', 'event') AND (x.period <> 'date' OR x.dates <> '[]')
       AND NOT {_undone("plan.activated", "x.plan_id", "care.make_occurrences")}
       AND NOT {_undone("plan_item.top_up_due", "x.id", "care.top_up")}
"""
NOBODY_CALLED = f"""
    SELECT x.tenant_id, 'occurrence ' || x.id AS what
      FROM organisation o
      JOIN occurrence x ON x.tenant_id = o.id AND x.state = 'missed'
       AND {LATELY}
     WHERE NOT EXISTS (
           SELECT FROM escalation c WHERE c.tenant_id = x.tenant_id AND c.occurrence_id = x.id
              AND num_nonnulls(c.recipient_id, c.superior_id) > 0)
       AND NOT {_undone("occurrence.missed", "x.id", "care.escalate")}
     UNION ALL
    SELECT x.tenant_id, 'escalation ' || x.id
      FROM organisation o
      JOIN escalation x ON x.tenant_id = o.id AND x.id > :since_id AND x.level = 'E1' AND x.stage = 'lapsed'
     WHERE NOT EXISTS (
           SELECT FROM escalation c
            WHERE c.tenant_id = x.tenant_id AND c.occurrence_id = x.occurrence_id AND c.level = 'E2')
       AND NOT {_undone("escalation.lapsed", "x.id", "care.escalate_unanswered")}
"""
INCIDENT_WITHOUT_DUTY = """
    SELECT x.tenant_id, 'incident ' || x.id AS what
      FROM organisation o JOIN incident x ON x.tenant_id = o.id AND x.id > :since_id
     WHERE EXISTS (SELECT FROM jsonb_array_elements(x.ladder) duty WHERE NOT EXISTS (
                  SELECT FROM incident_step s WHERE s.tenant_id = x.tenant_id AND s.incident_id = x.id
                     AND s.number = (duty->>'number')::int AND s.tell = duty->>'tell'))
        OR x.state = 'closed' AND EXISTS (
           SELECT FROM incident_step s WHERE s.tenant_id = x.tenant_id AND s.incident_id = x.id AND s.state = 'open')
"""
LETTERS = f"""
    SELECT e.tenant_id, e.name || ' ' || e.id AS what
      FROM {_happened("copy.sent", "copy")}
     WHERE NOT EXISTS (SELECT FROM event c WHERE c.tenant_id = (e.payload->>'to_tenant')::uuid
                          AND c.id = (e.payload->>'copy_id')::uuid)
     UNION ALL
    SELECT x.tenant_id, 'escalation ' || x.id
      FROM organisation o
      JOIN escalation x ON x.tenant_id = o.id AND x.id > :since_id AND x.level = 'E3' AND x.stage = 'due'
     WHERE x.copy_id IS NULL AND NOT {_undone("escalation.due", "x.id", "care.report_miss_up")}
     UNION ALL
    SELECT x.tenant_id, 'incident_step ' || x.id
      FROM organisation o
      JOIN incident_step x ON x.tenant_id = o.id AND x.id > :since_id AND x.superior_id IS NOT NULL
     WHERE x.copy_id IS NULL AND NOT {_undone("incident.opened", "x.incident_id", "incidents.report_incident_up")}
     UNION ALL
    SELECT e.tenant_id, e.name || ' ' || e.id
      FROM {_happened("miss.reported", "notifications.keep_miss_report")}
     WHERE NOT EXISTS (SELECT FROM copied_message c WHERE c.tenant_id = e.tenant_id AND c.id = e.id)
     UNION ALL
    SELECT e.tenant_id, e.name || ' ' || e.id
      FROM {_happened("incident.reported", "notifications.keep_incident_report")}
     WHERE NOT EXISTS (SELECT FROM copied_message c WHERE c.tenant_id = e.tenant_id AND c.id = e.id)
     UNION ALL
    SELECT e.tenant_id, e.name || ' ' || e.id
      FROM {_happened("miss.report_answered", "care.take_miss_answer")}
     WHERE NOT EXISTS (SELECT FROM escalation c WHERE c.tenant_id = e.tenant_id AND c.id = e.subject_id
                          AND c.state = 'answered')
     UNION ALL
    SELECT e.tenant_id, e.name || ' ' || e.id
      FROM {_happened("incident.received", "incidents.take_incident_receipt")}
     WHERE NOT EXISTS (SELECT FROM incident_step s WHERE s.tenant_id = e.tenant_id AND s.id = e.subject_id
                          AND s.confirmed_by_recipient_at IS NOT NULL)
"""
NO_NOTICE = f"""
    SELECT e.tenant_id, e.name || ' ' || e.id AS what
      FROM {_happened("occurrence.missed", *NOTIFY)}
     WHERE {HERE.format(row="e", who="(e.payload->>'doer_id')::uuid")}
       AND NOT EXISTS (SELECT FROM notice n WHERE n.tenant_id = e.tenant_id AND n.event_id = e.id
                          AND n.recipient_id = (e.payload->>'doer_id')::uuid)
     UNION ALL
    SELECT e.tenant_id, e.name || ' ' || e.id
      FROM {_happened("escalation.due", *NOTIFY)}
      JOIN escalation c ON c.tenant_id = e.tenant_id AND c.id = e.subject_id
     WHERE {HERE.format(row="c", who="c.recipient_id")}
       AND NOT (c.level = 'E1' AND EXISTS (
           SELECT FROM escalation higher WHERE higher.tenant_id = c.tenant_id AND higher.level = 'E2'
              AND higher.occurrence_id = c.occurrence_id AND higher.recipient_id = c.recipient_id))
       AND NOT EXISTS (SELECT FROM notice n WHERE n.tenant_id = e.tenant_id AND n.event_id = e.id
                          AND n.recipient_id = c.recipient_id)
     UNION ALL
    SELECT e.tenant_id, e.name || ' ' || e.id
      FROM {_happened("incident.opened", *NOTIFY)}
     WHERE NOT EXISTS (SELECT FROM notice n WHERE n.tenant_id = e.tenant_id AND n.event_id = e.id)
     UNION ALL
    SELECT e.tenant_id, e.name || ' ' || e.id
      FROM {_happened("incident.step_breached", *NOTIFY)}
      JOIN incident_step s ON s.tenant_id = e.tenant_id AND s.id = e.subject_id AND s.state = 'open'
     WHERE NOT EXISTS (SELECT FROM notice n WHERE n.tenant_id = e.tenant_id AND n.event_id = e.id)
"""
NO_DELIVERY = f"""
    SELECT n.tenant_id, n.kind || ' ' || n.id AS what
      FROM organisation o
      JOIN notice n ON n.tenant_id = o.id AND n.id > :since_id AND n.kind = ANY(CAST(:sent_kinds AS text[]))
      JOIN event e ON e.tenant_id = n.tenant_id AND e.id = n.event_id
     WHERE EXISTS (SELECT FROM reaction r WHERE r.tenant_id = e.tenant_id AND r.event_id = e.id
                      AND r.reactor IN {MESSAGE} AND r.state = 'done')
       AND EXISTS (SELECT FROM membership m WHERE m.tenant_id = n.tenant_id AND m.id = n.recipient_id
                      AND m.person_id IS DISTINCT FROM e.actor_id AND {CURRENT})
       AND NOT EXISTS (SELECT FROM delivery d WHERE d.tenant_id = n.tenant_id AND d.event_id = n.event_id
                          AND d.recipient_id = n.recipient_id AND d.kind = n.kind)
"""
# Messages go by the clock of promises, webhooks by the database's; what waits for a paused address waits for a person.
UNSENT = f"""
    SELECT x.tenant_id, x.state || ' ' || x.id AS what
      FROM organisation o
      JOIN delivery x ON x.tenant_id = o.id AND x.state IN ('queued', 'sending') AND x.channel = 'sms'
     WHERE x.state_at < (SELECT app_now()) - CASE x.state WHEN 'sending' THEN interval '5 minutes'
                                                          ELSE interval '15 minutes' END
        OR NOT {_undone("delivery.queued", "x.id", "notifications.send", "notifications.send_alarm")}
     UNION ALL
    SELECT x.tenant_id, x.state || ' ' || x.id
      FROM organisation o
      JOIN delivery x ON x.tenant_id = o.id AND x.state IN ('queued', 'sending') AND x.channel = 'webhook'
      JOIN webhook w ON w.tenant_id = x.tenant_id AND w.id = x.webhook_id
       AND w.paused_at IS NULL AND w.ended_at IS NULL
     WHERE x.state_at < now() - CASE x.state WHEN 'sending' THEN interval '5 minutes' ELSE interval '1 hour' END
"""
OLD_FIGURES = f"""
    SELECT x.tenant_id, 'org_fact ' || x.id AS what FROM org_fact x
     WHERE x.as_of < (SELECT app_now()) - interval '26 hours'
        OR x.stage = 'stale' AND NOT {_undone("rollup.stale", "x.id", "rollups.refresh")}
        OR EXISTS (
           SELECT FROM event e JOIN reaction r ON r.tenant_id = e.tenant_id AND r.event_id = e.id
            WHERE e.tenant_id = x.tenant_id AND e.id > :lately_id AND e.occurred_at > x.as_of + interval '5 minutes'
              AND r.reactor = 'rollups.refresh' AND r.state = 'done')
"""

EFFECTS = (
    Proof(
        "kept_without_record",
        "promises that count as kept without the records that kept them",
        "compare with the child's records; void and write one of them again, or restore the lost row",
        KEPT_WITHOUT_RECORD,
    ),
    Proof(
        "idle_item",
        "plan items in force of which no more promises will be made",
        "set top_up_at and alert_at of the item to now: the sweeper has its promises made",
        IDLE_ITEMS,
    ),
    Proof(
        "nobody_called",
        "missed promises that nobody has to answer for",
        "give the organisation a head or an administrator, then do care.escalate of the miss again",
        NOBODY_CALLED,
    ),
    Proof(
        "incident_without_duty",
        "incidents that lack a duty of their ladder, or were closed before everybody was told",
        "tell by telephone whom the ladder names; restore the duty's row",
        INCIDENT_WITHOUT_DUTY,
    ),
    Proof(
        "letter_lost",
        "copied messages between organisations that did not arrive",
        "do the reaction named care.report_miss_up, incidents.report_incident_up, copy or keep_… again",
        LETTERS,
    ),
    Proof(
        "no_notice",
        "events whose people were not told, although it counts as done",
        "tell them by telephone; open the event's notify reaction again (state 'open')",
        NO_NOTICE,
    ),
    Proof(
        "no_delivery",
        "urgent notices of which no message was sent",
        "tell them by telephone; open the event's message reaction again (state 'open')",
        NO_DELIVERY,
    ),
    Proof(
        "unsent",
        "messages and webhooks that are not on their way: waiting too long, or nobody is to send them",
        "look at the gateway (hehu doctor) and at hehu reactions parked; send again from the organisation's page",
        UNSENT,
    ),
    Proof(
        "old_figures",
        "organisations whose figures on the county's table are out of date",
        "see that hehu worker --queues bulk runs; set alert_at and stale_at of the row to now",
        OLD_FIGURES,
    ),
)
