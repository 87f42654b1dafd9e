"""Who reacts to what, on one screen."""

from __future__ import annotations

from shared.care.escalations.clock import ESCALATIONS
from shared.care.escalations.events import (
    EscalationAnswered,
    EscalationDue,
    EscalationLapsed,
    MissReportAnswered,
    MissReported,
)
from shared.care.escalations.reactors import escalate, escalate_unanswered, report_miss_up, take_miss_answer
from shared.care.escalations.rules import Level
from shared.care.events import (
    ExcuseWithdrawn,
    OccurrenceDueSoon,
    OccurrenceExcused,
    OccurrenceMissed,
    OccurrenceOverdue,
    PairingChanged,
    PlanActivated,
    PlanItemTopUpDue,
    PlanSwitchedOff,
    RecordCorrected,
    RecordVoided,
    RecordWritten,
)
from shared.care.pairing_reactors import reassign_after_pairing
from shared.care.plan_reactors import follow_child, follow_roster, make_occurrences, top_up
from shared.care.staff_reactors import follow_staff
from shared.care.timed import OCCURRENCES, PLAN_ITEMS
from shared.children.events import ChildChanged, ChildExited, ChildRegistered, RosterConfirmed, RosterExpired
from shared.children.reactors import forget_roster
from shared.children.timed import ROSTER_IMPORTS
from shared.incidents.clock import INCIDENT_STEPS
from shared.incidents.events import (
    IncidentClosed,
    IncidentOpened,
    IncidentReceived,
    IncidentReported,
    IncidentStepBreached,
    IncidentStepDone,
)
from shared.incidents.reactors import report_incident_up, take_incident_receipt
from shared.kernel.event_types import EVENTS, Event
from shared.kernel.events import CopySent, receive_copy
from shared.kernel.probe import ProbeSent, answer_probe
from shared.kernel.reactions import Reactor
from shared.kernel.stuck import TimerStuck, sweep_again
from shared.kernel.timers import TimedTable
from shared.notifications.events import DeliveryQueued, WebhookPaused, WebhookQueued
from shared.notifications.reactors import (
    keep_incident_report,
    keep_miss_report,
    message,
    message_alarm,
    notify,
    notify_alarm,
    send,
    send_alarm,
)
from shared.notifications.webhook_reactors import post, post_again
from shared.notifications.webhook_rules import TOLD
from shared.people.events import MemberJoined, MemberLeft, MemberRolesChanged
from shared.rollups.events import RollupStale
from shared.rollups.reactors import refresh_rollup
from shared.rollups.timed import ORG_FACTS

COPY = Reactor(name="copy", queue="copy", run=receive_copy)  # done by the bell as hehu_system, never by a worker

SUBSCRIPTIONS: dict[type[Event], tuple[Reactor, ...]] = {
    CopySent: (COPY,),
    ChildRegistered: (follow_child,),
    ChildChanged: (follow_child,),
    ChildExited: (follow_child,),
    RosterConfirmed: (follow_roster, notify),
    RosterExpired: (forget_roster,),
    PlanActivated: (make_occurrences, notify),
    PlanItemTopUpDue: (top_up,),
    PairingChanged: (reassign_after_pairing,),
    MemberJoined: (follow_staff,),
    MemberRolesChanged: (follow_staff,),
    MemberLeft: (follow_staff,),
    OccurrenceDueSoon: (notify,),
    OccurrenceOverdue: (notify,),
    OccurrenceMissed: (escalate, notify),
    EscalationDue: (
        notify.when(level=Level.E1),
        notify.when(level=Level.E2),
        message.when(level=Level.E2),
        report_miss_up.when(level=Level.E3),
    ),
    EscalationLapsed: (escalate_unanswered.when(level=Level.E1),),
    EscalationAnswered: (notify,),
    MissReported: (keep_miss_report, notify, message),
    MissReportAnswered: (take_miss_answer,),
    IncidentOpened: (notify_alarm, message_alarm, report_incident_up),
    IncidentStepBreached: (notify_alarm, message_alarm),
    IncidentReported: (keep_incident_report, notify_alarm, message_alarm),
    IncidentReceived: (take_incident_receipt,),
    DeliveryQueued: (send.when(alarm=False), send_alarm.when(alarm=True)),
    WebhookQueued: (post_again,),
    WebhookPaused: (notify,),
    ProbeSent: (answer_probe,),
    TimerStuck: (sweep_again,),
}

# What changes a figure makes the organisation's sums fresh, besides what stands above.
CHANGES_FIGURES: tuple[type[Event], ...] = (
    ChildRegistered,
    ChildChanged,
    ChildExited,
    RosterConfirmed,
    PlanActivated,
    PlanSwitchedOff,
    PairingChanged,
    MemberLeft,
    RecordWritten,
    RecordCorrected,
    RecordVoided,
    OccurrenceOverdue,
    OccurrenceMissed,
    OccurrenceExcused,
    ExcuseWithdrawn,
    IncidentOpened,
    IncidentStepDone,
    IncidentStepBreached,
    IncidentClosed,
    RollupStale,
)
SUBSCRIPTIONS |= {changed: (*SUBSCRIPTIONS.get(changed, ()), refresh_rollup) for changed in CHANGES_FIGURES}

# What other systems may hear of, as `TOLD` lists it by name.
SUBSCRIPTIONS |= {told: (*SUBSCRIPTIONS.get(told, ()), post) for told in (EVENTS[name] for name in TOLD)}

TIMED_TABLES: tuple[TimedTable, ...] = (ROSTER_IMPORTS, OCCURRENCES, PLAN_ITEMS, ESCALATIONS, INCIDENT_STEPS, ORG_FACTS)


def by_event_name() -> dict[str, tuple[Reactor, ...]]:
    """Event name → its reactors, as `record()` wants it."""
    return {event.name: reactors for event, reactors in SUBSCRIPTIONS.items()}


def by_name() -> dict[str, Reactor]:
    """Reactor name → reactor, as the worker wants it."""
    return {reactor.name: reactor for reactors in SUBSCRIPTIONS.values() for reactor in reactors}
