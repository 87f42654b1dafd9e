"""The clocks of this room as data: how far an occurrence has come, and when an item needs more of them."""

from __future__ import annotations

from shared.kernel.timers import Stage, TimedTable

from .events import OccurrenceDueSoon, OccurrenceMissed, OccurrenceOverdue, PlanItemTopUpDue

OCCURRENCES = TimedTable(
    table="occurrence",
    stages=(
        Stage("due_soon", "due_soon_at", OccurrenceDueSoon),
        Stage("overdue", "due_at", OccurrenceOverdue),
        Stage(
            "missed",
            "grace_until",
            OccurrenceMissed,
            sets={"state": "'missed'", "ended_at": "(SELECT app_now())"},
        ),
    ),
    payload={
        "occurrence_id": "id",
        "item_id": "item_id",
        "kind": "kind",
        "subject_kind": "subject_kind",
        "child_id": "child_id",
        "unit_id": "unit_id",
        "doer_id": "doer_id",
        "window_start": "window_start",
    },
)
# What must never be: times that do not fit the window, or a grace beyond the longest (MOST_GRACE, 60 days).
MISDATED = """state = 'open' AND (
    due_at <> timezone('Asia/Shanghai', (window_end + 1)::timestamp) OR due_soon_at > due_at OR grace_until < due_at
    OR timezone('UTC', grace_until) - timezone('UTC', due_at) > interval '60 days')"""
PLAN_ITEMS = TimedTable(
    table="plan_item",
    stages=(Stage("top_up", "top_up_at", PlanItemTopUpDue),),
    payload={"item_id": "id", "plan_id": "plan_id"},
    open_when="state = 'active'",
)
