"""Who must have a line in the inbox, worked out anew for every event; and who must have a message on the telephone."""

from __future__ import annotations

from .books import Books, Finding, differences

# Roles by which somebody hears, as the model names them.
ANSWERS_FROM_BELOW = "'head', 'incident_recipient', 'child_supervisor', 'care_lead', 'county_officer', 'county_admin'"
LEADERS = "'head', 'deputy', 'tenant_admin'"
TRUSTED = "'head', 'tenant_admin'"
BY_MESSAGE = (
    "'missed.E2', 'miss.reported', 'incident.opened', 'incident.protective', 'incident.step_breached', "
    "'incident.protective_breached', 'incident.reported'"
)

# Every role that was held, and until when: a unit handed over takes its role from whoever was its head, and all that is
# left of it is the audit entry and the event of that transaction.
HELD = """
    SELECT tenant_id, membership_id AS id, role, 'infinity'::timestamptz AS until FROM member_role
     UNION ALL
    SELECT e.tenant_id, e.subject_id, CASE u.kind WHEN 'class' THEN 'class_teacher'
           WHEN 'villager_group' THEN 'group_lead' WHEN 'grid' THEN 'grid_worker' END, e.occurred_at
      FROM event e
      JOIN audit_entry a ON a.tenant_id = e.tenant_id AND a.at = e.recorded_at AND a.action = 'unit.head'
           AND a.detail ->> 'head_id' IS DISTINCT FROM e.subject_id::text
      JOIN unit u ON u.tenant_id = a.tenant_id AND u.id = a.subject_id
     WHERE e.name = 'member.roles_changed'
"""
_DOER = """
    SELECT tenant_id, id, (payload ->> 'doer_id')::uuid AS who, name AS kind FROM event
     WHERE name IN ('occurrence.due_soon', 'occurrence.overdue', 'occurrence.missed')
       AND payload ->> 'doer_id' IS NOT NULL
"""
# Who is called by two rungs of the same miss at once hears of the higher one.
_CALLED = """
    SELECT e.tenant_id, e.id, x.recipient_id, 'missed.' || x.level
      FROM event e JOIN escalation x ON x.tenant_id = e.tenant_id AND x.id = e.subject_id
     WHERE e.name = 'escalation.due' AND x.recipient_id IS NOT NULL
       AND NOT (x.level = 'E1' AND EXISTS (
           SELECT FROM escalation y WHERE y.tenant_id = x.tenant_id AND y.occurrence_id = x.occurrence_id
              AND y.recipient_id = x.recipient_id AND y.level = 'E2' AND y.send_at <= e.occurred_at))
"""
_ANSWERED = """
    SELECT e.tenant_id, e.id, told.who, e.name
      FROM event e
      JOIN escalation x ON x.tenant_id = e.tenant_id AND x.id = e.subject_id
      JOIN occurrence o ON o.tenant_id = x.tenant_id AND o.id = x.occurrence_id
     CROSS JOIN LATERAL (
           SELECT o.doer_id AS who UNION
           SELECT y.recipient_id FROM escalation y
            WHERE y.tenant_id = o.tenant_id AND y.occurrence_id = o.id AND y.send_at <= e.occurred_at) told
     WHERE e.name = 'escalation.answered' AND e.payload ->> 'along_with' IS NULL
       AND told.who IS NOT NULL AND told.who IS DISTINCT FROM x.answered_by
"""
_FROM_BELOW = f"""
    SELECT DISTINCT e.tenant_id, e.id, s.id, e.name
      FROM event e
      JOIN staff s ON s.tenant_id = e.tenant_id AND s.role IN ({ANSWERS_FROM_BELOW}) AND s.until > e.occurred_at
     WHERE e.name IN ('miss.reported', 'incident.reported')
"""
_OPENED = f"""
    SELECT e.tenant_id, e.id, told.who, CASE WHEN i.protective THEN 'incident.protective' ELSE e.name END
      FROM event e
      JOIN incident i ON i.tenant_id = e.tenant_id AND i.id = e.subject_id
     CROSS JOIN LATERAL (
           SELECT s.id AS who FROM staff s
            WHERE s.tenant_id = e.tenant_id AND s.until > e.occurred_at
              AND (s.role = 'head' OR i.protective AND s.role IN ({TRUSTED}))
            UNION
           SELECT t.owner_id FROM incident_step t
            WHERE t.tenant_id = e.tenant_id AND t.incident_id = i.id AND t.state <> 'excluded' AND NOT i.protective
           ) told
     WHERE e.name = 'incident.opened' AND told.who IS NOT NULL
"""
_BREACHED = f"""
    SELECT e.tenant_id, e.id, told.who, CASE WHEN i.protective THEN 'incident.protective_breached' ELSE e.name END
      FROM event e
      JOIN incident_step b ON b.tenant_id = e.tenant_id AND b.id = e.subject_id
      JOIN incident i ON i.tenant_id = b.tenant_id AND i.id = b.incident_id
     CROSS JOIN LATERAL (
           SELECT s.id AS who FROM staff s
            WHERE s.tenant_id = e.tenant_id AND s.until > e.occurred_at
              AND (s.role = 'head' OR i.protective AND s.role IN ({TRUSTED}))
            UNION
           SELECT t.owner_id FROM incident_step t
            WHERE t.tenant_id = e.tenant_id AND t.incident_id = i.id AND NOT i.protective
              AND (t.id = b.id OR t.number = (SELECT min(x.number) FROM incident_step x
                   WHERE x.tenant_id = b.tenant_id AND x.incident_id = i.id AND x.number > b.number))
           ) told
     WHERE e.name = 'incident.step_breached' AND told.who IS NOT NULL
"""
_ROSTER = f"""
    SELECT DISTINCT e.tenant_id, e.id, s.id, e.name
      FROM event e JOIN staff s ON s.tenant_id = e.tenant_id AND s.role IN ({LEADERS}) AND s.until > e.occurred_at
     WHERE e.name = 'roster.confirmed' AND s.person_id <> e.actor_id
"""
_PLAN = """
    SELECT DISTINCT e.tenant_id, e.id, s.id, e.name
      FROM event e
      JOIN plan_item i ON i.tenant_id = e.tenant_id AND i.plan_id = e.subject_id
      JOIN staff s ON s.tenant_id = e.tenant_id AND s.role = i.doer_role AND s.until > e.occurred_at
     WHERE e.name = 'plan.activated'
"""
TOLD = f"""
    staff AS MATERIALIZED (
        SELECT m.tenant_id, m.id, m.person_id, r.role, r.until
          FROM membership m JOIN ({HELD}) r ON r.tenant_id = m.tenant_id AND r.id = m.id
    ), named AS MATERIALIZED (
        {_DOER} UNION ALL {_CALLED} UNION ALL {_ANSWERED} UNION ALL {_FROM_BELOW}
        UNION ALL {_OPENED} UNION ALL {_BREACHED} UNION ALL {_ROSTER} UNION ALL {_PLAN}
    ), served AS MATERIALIZED (
        SELECT tenant_id, subject_id AS id, min(occurred_at) FILTER (WHERE name = 'member.joined') AS since,
               coalesce(max(occurred_at) FILTER (WHERE name = 'member.left'), 'infinity') AS until
          FROM event WHERE name IN ('member.joined', 'member.left') GROUP BY tenant_id, subject_id
    ), told AS MATERIALIZED (  -- who has left, or had not come yet, hears of nothing
        SELECT n.*, e.actor_id, m.person_id
          FROM named n
          JOIN event e ON e.tenant_id = n.tenant_id AND e.id = n.id
          JOIN membership m ON m.tenant_id = n.tenant_id AND m.id = n.who
          JOIN served s ON s.tenant_id = m.tenant_id AND s.id = m.id
               AND e.occurred_at >= s.since AND e.occurred_at < s.until
    )
"""
WANTED = "SELECT tenant_id, id, who, kind FROM told"
FOUND = "SELECT tenant_id, event_id, recipient_id, kind FROM notice"
# Nobody gets a message about what they did themselves.
MESSAGES = f"""
    SELECT tenant_id, id, who, kind, 'sms' FROM told
     WHERE kind IN ({BY_MESSAGE}) AND person_id IS DISTINCT FROM actor_id
"""
QUEUED = "SELECT tenant_id, event_id, recipient_id, kind, channel FROM delivery"


def check(books: Books) -> Finding:
    """Lines in inboxes, and messages, against the rules."""
    lines, wrong = differences(books, "notices", WANTED, FOUND, before=TOLD)
    messages, others = differences(books, "deliveries", MESSAGES, QUEUED, before=TOLD)
    said = f"{lines:,} lines in inboxes, {messages:,} messages to telephones"
    return Finding(said, {"notices": lines, "deliveries": messages}, (*wrong, *others))
