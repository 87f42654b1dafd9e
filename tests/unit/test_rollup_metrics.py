"""What the figures mean, and how a share is rounded."""

from dataclasses import fields
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.rollups.metrics import METRIC_OF, METRICS, Figures, share, shown
from shared.rollups.queries import OF_THE_FACT
from shared.rollups.rules import silent_since, window_start

FIELDS = {field.name for field in fields(Figures)}


@pytest.mark.parametrize(
    ("over", "under", "per_cent"),
    [(122, 743, "16.4"), (38, 52, "73.1"), (1, 8, "12.5"), (1, 2000, "0.1"), (743, 743, "100.0"), (0, 5, "0.0")],
)
def test_a_share_has_one_decimal_half_up(over: int, under: int, per_cent: str) -> None:
    assert share(over, under) == Decimal(per_cent)


def test_nothing_to_divide_by_is_a_dash_and_never_100_per_cent() -> None:
    assert shown(METRIC_OF["dossier_rate"], Figures()) == "—"


def test_a_count_is_shown_plainly_and_a_share_with_its_sign() -> None:
    figures = Figures(counted=122, known_left_behind=122, pupils_total=743)

    assert shown(METRIC_OF["left_behind"], figures) == "122"
    assert shown(METRIC_OF["left_behind_share"], figures) == "16.4 %"


def test_a_late_visit_is_complete_but_not_on_time() -> None:
    figures = Figures(visits_due=10, visits_done=6, visits_late=2, visits_missed=2)

    assert shown(METRIC_OF["visits_completion"], figures) == "80.0 %"
    assert shown(METRIC_OF["visits_on_time"], figures) == "60.0 %"


def test_every_metric_names_figures_that_there_are_and_its_source() -> None:
    for metric in METRICS:
        assert {*metric.numerator, *metric.denominator} <= FIELDS
        assert metric.source


def test_every_figure_is_a_column_or_made_in_the_query() -> None:
    assert FIELDS - set(OF_THE_FACT) == {"organisations", "reported", "known_left_behind"}


@given(over=st.integers(0, 10**6), under=st.integers(1, 10**6))
def test_rounding_is_never_off_by_more_than_half_a_tenth(over: int, under: int) -> None:
    rounded = share(over, under)

    assert rounded is not None
    assert abs(rounded * under - 100 * over) <= Decimal("0.05") * under


TERMS = [date(2026, 3, 1), date(2026, 9, 1)]


@pytest.mark.parametrize(
    ("terms", "today", "first"),
    [
        (TERMS, date(2026, 11, 20), date(2026, 9, 1)),
        (TERMS, date(2026, 8, 31), date(2026, 3, 1)),
        (TERMS, date(2026, 9, 1), date(2026, 9, 1)),
        ([], date(2026, 11, 20), date(2026, 9, 1)),
        ([], date(2027, 3, 1), date(2026, 9, 1)),
    ],
)
def test_the_window_begins_with_the_last_term_or_the_school_year(terms: list[date], today: date, first: date) -> None:
    assert window_start(terms, today) == first


def test_thirty_days_without_a_record_are_silence() -> None:
    assert silent_since(date(2026, 11, 20)) == date(2026, 10, 21)
