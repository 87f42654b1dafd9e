"""What the plan reader hands back: one proposed commitment for each promise in a work plan."""

from dataclasses import dataclass

SUBJECTS = ("child", "class", "carer", "guardian", "tenant", "facility", "staff")

KINDS = (
    "talk", "home_visit", "field_visit", "call", "video", "letter", "growth_update", "photo_set",
    "test_score", "monthly_summary", "good_news", "class_meeting", "activity", "lecture", "lesson",
    "film", "birthday", "round_table", "guardians_meeting", "parents_meeting", "training", "roster",
    "card_update", "dossier", "census", "help_plan", "individual_plan", "inspection", "appraisal",
    "award", "term_report", "handover", "pledge", "duty_roster", "leading_group", "leading_group_meeting",
    "donation", "consolation", "aid", "goal", "pairing", "video_slot", "incident_notice", "other",
)  # fmt: skip

PERIODS = (
    "once", "daily", "weekly", "biweekly", "monthly", "quarterly", "term", "half_year", "school_year", "year",
    "date", "festival", "event", "unstated",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """One promise, as a person would label it.

    `quote` stands at `start` (characters) in the text read.  `subject`, `kind` and `period` are words of
    SUBJECTS, KINDS and PERIODS.  `times` counts acts in a period, `min_quantity` things in one act;
    `within_minutes` belongs to incident_notice alone.  `dates` holds `06-01`, `month:10` or `lunar:08-15`.
    `must` says that the period or deadline is explicit.
    """

    quote: str
    start: int
    subject: str
    kind: str
    period: str
    times: int | None = None
    min_quantity: int | None = None
    within_minutes: int | None = None
    dates: tuple[str, ...] = ()
    doer: str | None = None
    must: bool = False


def to_json(commitments: list[Commitment]) -> list[dict[str, object]]:
    """The labels as JSON values, in the order and with the keys of the labelled plans (no `start`)."""
    return [
        {
            "quote": found.quote,
            "subject": found.subject,
            "kind": found.kind,
            "period": found.period,
            "times": found.times,
            "min_quantity": found.min_quantity,
            "within_minutes": found.within_minutes,
            "dates": list(found.dates),
            "doer": found.doer,
            "must": found.must,
        }
        for found in commitments
    ]
