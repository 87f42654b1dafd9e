"""The clock of the duties: past `breach_at` an open step is breached, once; it stays open and can be done late."""

from __future__ import annotations

from shared.kernel.timers import Stage, TimedTable

from .events import IncidentStepBreached

INCIDENT_STEPS = TimedTable(
    table="incident_step",
    stages=(Stage("breached", at="breach_at", event=IncidentStepBreached),),
    payload={"step_id": "id", "incident_id": "incident_id", "number": "number", "tell": "tell"},
)
