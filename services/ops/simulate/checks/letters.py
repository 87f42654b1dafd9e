"""What crosses to other organisations, answers on their way back, and messages handed to the gateway."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from .books import Books, Finding, differences

# A letter for each call of a superior whose turn has come, and for each authority of an incident's ladder on the site.
WANTED = """
    SELECT superior_id AS tenant_id, tenant_id AS from_tenant, id AS source_id, 'miss' AS kind
      FROM escalation WHERE superior_id IS NOT NULL AND state <> 'waiting'
     UNION ALL
    SELECT superior_id, tenant_id, id, 'incident' FROM incident_step WHERE superior_id IS NOT NULL
"""
FOUND = "SELECT tenant_id, from_tenant, source_id, kind FROM copied_message"
ANSWERED = """
    SELECT from_tenant, source_id, answer, note FROM copied_message WHERE state = 'answered' AND kind = 'miss'
     UNION ALL
    SELECT from_tenant, source_id, 'received', NULL FROM copied_message WHERE state = 'answered' AND kind = 'incident'
"""
CAME_BACK = """
    SELECT tenant_id, id, answer, note FROM escalation WHERE superior_id IS NOT NULL AND state = 'answered'
     UNION ALL
    SELECT tenant_id, id, 'received', NULL FROM incident_step WHERE confirmed_by_recipient_at IS NOT NULL
"""


def check(books: Books) -> Finding:
    """Letters up, answers down, and each message in the gateway's file once."""
    letters, wrong = differences(books, "letters", WANTED, FOUND)
    answered, others = differences(books, "answers", ANSWERED, CAME_BACK)
    sent, left = _messages(books)
    said = f"{letters:,} letters to superiors, {answered:,} answered and heard of below, {sent:,} messages handed over"
    return Finding(said, {"letters": letters, "answered": answered, "sent": sent}, (*wrong, *others, *left))


def _messages(books: Books) -> tuple[int, tuple[str, ...]]:
    """An alarm at least once; any other once, or (`unknown`, after a crash in the call) perhaps."""
    left = Counter(_handed_over(books.made.folder / "messages.jsonl"))
    wrong: Counter[str] = Counter()
    rows = books.rows("SELECT id::text, state, urgent FROM delivery")
    for row in rows:
        times = left.pop(row["id"], 0)
        if row["state"] == "unknown" and not row["urgent"]:
            wrong["unknown messages handed over twice"] += times > 1
        elif row["state"] != "sent":
            wrong[f"messages {row['state']}"] += 1
        else:
            wrong["messages never handed over"] += times < 1
            wrong["ordinary messages handed over twice"] += times > 1 and not row["urgent"]
    wrong["messages that nobody queued"] = len(left)
    return len(rows), tuple(f"{count} {fault}" for fault, count in wrong.items() if count)


def _handed_over(path: Path) -> list[str]:
    lines = path.read_text().splitlines() if path.exists() else []
    return [json.loads(line)["id"] for line in lines]
