"""What may never be of a promise and the calls about it, in rows; for the state machine of R48."""

# Everything that may never be, whatever is still to be swept or reacted to; one name a row.
NEVER = """
    SELECT 'an open promise without exactly one clock' AS fault, id FROM occurrence
     WHERE (state = 'open') <> (alert_at IS NOT NULL)
     UNION ALL
    SELECT 'a clock of a promise that is set to another rung than the next', id FROM occurrence
     WHERE state = 'open' AND alert_at <> CASE coalesce(stage, '') WHEN '' THEN due_soon_at WHEN 'due_soon' THEN due_at
           WHEN 'overdue' THEN grace_until END
     UNION ALL
    SELECT 'a rung that fired twice', subject_id FROM event
     WHERE name LIKE 'occurrence.%' AND name NOT LIKE 'occurrence.excuse%' GROUP BY subject_id, name HAVING count(*) > 1
     UNION ALL
    SELECT 'a closed promise that fired', o.id FROM occurrence o JOIN event e ON e.subject_id = o.id
     WHERE o.state IN ('done', 'late', 'excused', 'void') AND e.occurred_at > o.ended_at
       AND e.name IN ('occurrence.due_soon', 'occurrence.overdue', 'occurrence.missed')
     UNION ALL
    SELECT 'a rung above the miss', o.id FROM occurrence o JOIN event e ON e.subject_id = o.id
     WHERE o.state = 'missed' AND e.occurred_at > o.ended_at AND e.name IN ('occurrence.due_soon', 'occurrence.overdue')
     UNION ALL
    SELECT 'a miss without its event, or an event without its miss', coalesce(o.id, e.subject_id)
      FROM (SELECT id FROM occurrence WHERE state = 'missed') o
      FULL JOIN (SELECT subject_id FROM event WHERE name = 'occurrence.missed') e ON e.subject_id = o.id
     WHERE o.id IS NULL OR e.subject_id IS NULL
     UNION ALL
    SELECT 'an answered call with a clock', id FROM escalation WHERE state = 'answered' AND alert_at IS NOT NULL
     UNION ALL
    SELECT 'a call that lapsed after its answer', x.id FROM escalation x JOIN event e ON e.subject_id = x.id
     WHERE e.name = 'escalation.lapsed' AND e.occurred_at > x.answered_at
     UNION ALL
    SELECT 'two calls of one rung', occurrence_id FROM escalation GROUP BY occurrence_id, level, superior_id
    HAVING count(*) > 1
     UNION ALL
    SELECT 'a call without a miss', x.id FROM escalation x JOIN occurrence o ON o.id = x.occurrence_id
     WHERE o.state <> 'missed'
     UNION ALL
    SELECT 'a missed promise without an owner', o.id FROM occurrence o
     WHERE o.state = 'missed' AND NOT EXISTS (
           SELECT FROM escalation x JOIN membership m ON m.id = x.recipient_id AND m.until_on IS NULL
            WHERE x.occurrence_id = o.id AND x.level = 'E1')
       AND NOT EXISTS (  -- unless the one who finds it is on the way
           SELECT FROM event e JOIN reaction r ON r.event_id = e.id AND r.reactor = 'care.escalate' AND r.state = 'open'
            WHERE e.subject_id = o.id)
     UNION ALL
    SELECT 'a lapsed call that nobody above has heard of', x.id FROM escalation x
     WHERE x.state = 'lapsed' AND NOT EXISTS (
           SELECT FROM escalation y WHERE y.occurrence_id = x.occurrence_id AND y.level = 'E2')
       AND NOT EXISTS (
           SELECT FROM event e JOIN reaction r ON r.event_id = e.id AND r.reactor = 'care.escalate_unanswered'
              AND r.state = 'open' WHERE e.subject_id = x.id)
     UNION ALL
    SELECT 'a promise to a child that has left', o.id FROM occurrence o JOIN child c ON c.id = o.child_id
     WHERE o.state = 'open' AND c.status = 'exited' AND NOT EXISTS (
           SELECT FROM event e JOIN reaction r ON r.event_id = e.id AND r.reactor = 'care.follow_children'
              AND r.state = 'open' WHERE e.subject_id = c.id)
     UNION ALL
    SELECT 'an effect that was given up', id FROM reaction WHERE state = 'parked'
"""
