"""What the figures mean, as data: numerator, denominator, source; and how a share is rounded.  Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import ROUND_HALF_UP, Decimal

from shared.kernel.errors import N_

TENTH = Decimal("0.1")
NOTHING = "—"


@dataclass(frozen=True)
class Figures:
    """Sums over some organisations; every field is a plain sum of the parts.

    `organisations` are those in the sum, `reported` those whose figures were computed once.  `known_left_behind` are
    the left-behind pupils of the schools that gave `pupils_total`.  `counted…` count each child once in the county.
    `due` to `missed` are promises to children whose grace ended in the window; `…_open` and `…_ahead` have not come
    that far: still open, or done before their time is up.
    """

    organisations: int = 0
    reported: int = 0
    children: int = 0
    left_behind: int = 0
    known_left_behind: int = 0
    pupils_total: int = 0
    counted: int = 0
    counted_dossier: int = 0
    counted_paired: int = 0
    no_guardian: int = 0
    due: int = 0
    done: int = 0
    late: int = 0
    missed: int = 0
    open_now: int = 0
    done_ahead: int = 0
    visits_due: int = 0
    visits_done: int = 0
    visits_late: int = 0
    visits_missed: int = 0
    missed_children: int = 0
    missed_red: int = 0
    visits_open: int = 0
    visits_ahead: int = 0
    incidents_open: int = 0
    steps_breached: int = 0

    def sum_of(self, names: Iterable[str]) -> int:
        """The named fields together."""
        return sum(int(getattr(self, name)) for name in names)


@dataclass(frozen=True)
class Metric:
    """One figure: fields of `Figures` over and under the line; without a denominator it is a count.

    `source` names the row of the model's part 6, `counts` says in plain words what goes in.
    """

    code: str
    title: str
    counts: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...] = ()
    source: str = ""


METRICS: tuple[Metric, ...] = (
    Metric(
        "left_behind",
        N_("留守儿童"),
        N_("在册、状态为留守的儿童；同一名儿童在几个单位都有名字的，全县只计一次。"),
        ("counted",),
        source="L",
    ),
    Metric(
        "left_behind_share",
        N_("留守学生占比"),
        N_("学校在册留守学生 ÷ 这些学校的学生总数；没有学生总数的学校不计。"),
        ("known_left_behind",),
        ("pupils_total",),
        source="N01",
    ),
    Metric(
        "dossier_rate",
        N_("建档率"),
        N_("档案没有缺项的留守儿童 ÷ 留守儿童。"),
        ("counted_dossier",),
        ("counted",),
        source="N02",
    ),
    Metric(
        "pairing_rate",
        N_("结对率"),
        N_("至少有一名结对帮扶人的留守儿童 ÷ 留守儿童。"),
        ("counted_paired",),
        ("counted",),
        source="N05",
    ),
    Metric(
        "visits_completion",
        N_("走访完成率"),
        N_("宽限期已到的家访、走访中，已完成的（含逾期完成）÷ 全部；请准免做和作废的不计。"),
        ("visits_done", "visits_late"),
        ("visits_due",),
        source="N06",
    ),
    Metric(
        "visits_on_time",
        N_("走访按时率"),
        N_("宽限期已到的家访、走访中，按时完成的 ÷ 全部；请准免做和作废的不计。"),
        ("visits_done",),
        ("visits_due",),
        source="N07",
    ),
    Metric(
        "visits_missed",
        N_("走访未完成"),
        N_("本学期到宽限期仍没有做的家访、走访次数。"),
        ("visits_missed",),
        source="N08",
    ),
    Metric(
        "missed_children",
        N_("有走访未完成的儿童"),
        N_("本学期至少有一次家访、走访到宽限期仍没有做的留守儿童，全县不重复。"),
        ("missed_children",),
        source="N08",
    ),
    Metric(
        "missed_red",
        N_("走访未完成的红色风险儿童"),
        N_("有走访未完成、风险等级为红色的留守儿童，全县不重复。"),
        ("missed_red",),
        source="N08",
    ),
    Metric(
        "completion",
        N_("承诺完成率"),
        N_("宽限期已到的各项对儿童的承诺中，已完成的（含逾期完成）÷ 全部；请准免做和作废的不计。"),
        ("done", "late"),
        ("due",),
        source="N06",
    ),
    Metric(
        "no_guardian",
        N_("名册写明无人监护"),
        N_("名册上写明无人照料的在册留守儿童，按各单位名册计，不去重。"),
        ("no_guardian",),
        source="N10",
    ),
    Metric(
        "incidents_open",
        N_("未结突发事件"),
        N_("已登记、还没有结案的突发事件。"),
        ("incidents_open",),
        source="N13",
    ),
    Metric(
        "steps_breached",
        N_("超时未告知"),
        N_("时限已过、仍没有告知到人的告知事项。"),
        ("steps_breached",),
        source="N13",
    ),
)
METRIC_OF: dict[str, Metric] = {metric.code: metric for metric in METRICS}


def share(numerator: int, denominator: int) -> Decimal | None:
    """Per cent with one decimal, half up: 122 of 743 is 16.4 (F01).  None where there is nothing to divide by."""
    if denominator == 0:
        return None
    return (Decimal(numerator) * 100 / Decimal(denominator)).quantize(TENTH, ROUND_HALF_UP)


def value_of(metric: Metric, figures: Figures) -> int | Decimal | None:
    """The count, or the share in per cent (None: nothing to divide by, never 100 %)."""
    above = figures.sum_of(metric.numerator)
    return share(above, figures.sum_of(metric.denominator)) if metric.denominator else above


def shown(metric: Metric, figures: Figures) -> str:
    """As people read it: `122`, `16.4 %` or `—`."""
    value = value_of(metric, figures)
    if value is None:
        return NOTHING
    return f"{value} %" if metric.denominator else str(value)


def added(parts: Iterable[Figures]) -> Figures:
    """The sum of the parts, field by field."""
    held = list(parts)
    return Figures(**{one.name: sum(getattr(part, one.name) for part in held) for one in fields(Figures)})
