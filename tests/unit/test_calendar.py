"""Windows of promises: counts that people expect, and properties that hold for any term."""

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.care.calendar import (
    DATED,
    GRACE_DAYS,
    SHORTEST_DAYS,
    TILING,
    Calendar,
    Rhythm,
    Window,
    day_of,
    is_date_code,
    is_school_day,
    term_windows,
    windows,
)

AUTUMN = Window(date(2026, 9, 1), date(2027, 1, 31))
SPRING = Window(date(2027, 2, 22), date(2027, 7, 11))
SCHOOL = Calendar((AUTUMN, SPRING))
TWENTY_WEEKS = Window(date(2026, 9, 7), date(2027, 1, 24))
IN_PARTS = [period for period in TILING if period not in ("term", "school_year", "year", "daily")]

terms = st.builds(
    lambda start, days: Window(start, start + timedelta(days=days)),
    st.dates(date(2024, 1, 1), date(2030, 12, 31)),
    st.integers(60, 220),
)


def of_term(period: str, *, pauses: bool = True, calendar: Calendar = SCHOOL, term: Window = AUTUMN) -> list[Window]:
    return list(term_windows(Rhythm(period, pauses=pauses), calendar, term))


def of_dates(*dates: str, period: str = "date", pauses: bool = True, year: int = 2026) -> list[Window]:
    rhythm = Rhythm(period, dates, pauses=pauses)
    return windows(rhythm, SCHOOL, first=date(year, 1, 1), last=date(year, 12, 31))


def test_a_term_from_september_to_january_has_five_months():
    months = of_term("monthly")

    assert [window.start.month for window in months] == [9, 10, 11, 12, 1]
    assert months[0] == Window(date(2026, 9, 1), date(2026, 9, 30))


def test_a_term_of_twenty_weeks_has_ten_fortnights_from_its_first_day():
    fortnights = of_term("biweekly", calendar=Calendar((TWENTY_WEEKS,)), term=TWENTY_WEEKS)

    assert len(fortnights) == 10
    assert fortnights[0].start == TWENTY_WEEKS.start
    assert fortnights[-1].end == TWENTY_WEEKS.end


def test_weeks_run_from_monday_to_sunday():
    weeks = of_term("weekly", pauses=False)

    assert {(week.start.weekday(), week.end.weekday()) for week in weeks} == {(0, 6)}


def test_a_month_of_which_the_term_has_two_days_joins_its_neighbour():
    term = Window(date(2026, 8, 30), date(2027, 1, 20))

    months = of_term("monthly", calendar=Calendar((term,)), term=term)

    assert months[0] == Window(date(2026, 8, 30), date(2026, 9, 30))
    assert months[-1] == Window(date(2027, 1, 1), date(2027, 1, 20))


def test_a_school_has_four_quarters_and_two_halves_in_a_year():
    year = {"first": date(2026, 9, 1), "last": date(2027, 8, 31)}

    assert len(windows(Rhythm("quarterly", pauses=True), SCHOOL, **year)) == 4
    assert len(windows(Rhythm("half_year", pauses=True), SCHOOL, **year)) == 2


def test_nothing_pausing_starts_in_the_holidays():
    for period in IN_PARTS:
        found = windows(Rhythm(period, pauses=True), SCHOOL, first=date(2027, 2, 1), last=date(2027, 2, 21))

        assert found == []


def test_a_village_goes_on_through_the_summer():
    months = windows(Rhythm("monthly"), SCHOOL, first=date(2027, 7, 1), last=date(2027, 8, 31))

    assert [window.start.month for window in months] == [7, 8]


def test_a_village_without_terms_has_fortnights_too():
    fortnights = windows(Rhythm("biweekly"), Calendar(), first=date(2026, 9, 1), last=date(2026, 12, 31))

    assert {(window.end - window.start).days + 1 for window in fortnights} == {14}


def test_the_school_year_runs_from_september_to_august():
    found = windows(Rhythm("school_year", pauses=True), SCHOOL, first=date(2026, 9, 1), last=date(2027, 12, 31))

    assert found[0] == Window(date(2026, 9, 1), date(2027, 8, 31))
    assert found[1].start == date(2027, 9, 1)


def test_a_named_day_may_be_kept_in_the_week_that_ends_with_it():
    assert of_dates("06-01") == [Window(date(2026, 5, 26), date(2026, 6, 1))]


def test_a_month_of_a_month_list_is_the_whole_month():
    assert of_dates("month:10") == [Window(date(2026, 10, 1), date(2026, 10, 31))]


@pytest.mark.parametrize(
    ("named", "year", "day"),
    [
        ("lunar:09-09", 2026, date(2026, 10, 18)),
        ("lunar:08-15", 2026, date(2026, 9, 25)),
        ("lunar:01-01", 2027, date(2027, 2, 6)),
        ("lunar:12-30", 2025, date(2026, 2, 16)),
        ("qingming", 2026, date(2026, 4, 5)),
        ("02-29", 2027, date(2027, 2, 28)),
    ],
)
def test_festivals_come_from_the_lunar_table(named, year, day):
    assert day_of(named, year) == day


def test_a_festival_without_a_day_is_every_statutory_holiday():
    assert len(of_dates(period="festival", pauses=False)) == 7


def test_a_school_keeps_only_the_statutory_holidays_of_its_terms():
    found = windows(Rhythm("festival", pauses=True), SCHOOL, first=date(2026, 8, 20), last=date(2027, 7, 31))

    assert [window.end.month for window in found] == [9, 10, 1, 4, 5, 6]


def test_a_single_act_has_until_the_end_of_the_term():
    found = windows(Rhythm("once", since=date(2026, 10, 8)), SCHOOL, first=date(2026, 10, 8), last=date(2026, 12, 3))

    assert found == [Window(date(2026, 10, 8), AUTUMN.end)]


def test_what_has_no_period_or_only_a_trigger_makes_no_windows():
    for rhythm in (Rhythm("unstated"), Rhythm("event"), Rhythm("date")):
        assert not rhythm.makes_windows
        assert windows(rhythm, SCHOOL, first=AUTUMN.start, last=AUTUMN.end) == []


def test_a_daily_duty_of_a_school_leaves_out_the_national_day_and_keeps_the_moved_working_day():
    assert not is_school_day(date(2026, 10, 1))
    assert is_school_day(date(2026, 10, 10))
    assert not is_school_day(date(2026, 10, 11))


def test_due_is_the_first_instant_after_the_window_in_shanghai():
    window = Window(date(2026, 10, 1), date(2026, 10, 31))

    assert window.due_at == datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert window.due_soon_at("monthly") == datetime(2026, 10, 29, 16, tzinfo=UTC)
    assert window.due_soon_at("weekly") == datetime(2026, 10, 30, 16, tzinfo=UTC)
    assert window.grace_until(GRACE_DAYS["monthly"]) == datetime(2026, 11, 5, 16, tzinfo=UTC)


def test_grace_days_are_those_of_the_model():
    wanted = {"weekly": 2, "biweekly": 3, "monthly": 5, "date": 3, "festival": 3, "term": 10, "year": 14}

    assert wanted.items() <= GRACE_DAYS.items()
    assert GRACE_DAYS["quarterly"] == GRACE_DAYS["half_year"] == GRACE_DAYS["term"]


@pytest.mark.parametrize("named", ["13-01", "02-30", "month:0", "month:13", "lunar:09-31", "6-1", "", "中秋"])
def test_days_that_do_not_exist_are_no_dates(named):
    assert not is_date_code(named)


@given(term=terms, period=st.sampled_from(IN_PARTS))
def test_windows_tile_the_term_without_gap_or_overlap(term, period):
    pieces = of_term(period, calendar=Calendar((term,)), term=term)

    assert pieces[0].start == term.start
    assert pieces[-1].end == term.end
    assert all(after.start == before.end + timedelta(days=1) for before, after in itertools.pairwise(pieces))


@given(term=terms, period=st.sampled_from(sorted(SHORTEST_DAYS)))
def test_no_window_is_too_short_to_keep_a_promise_in(term, period):
    pieces = of_term(period, calendar=Calendar((term,)), term=term)

    assert min((piece.end - piece.start).days + 1 for piece in pieces) >= SHORTEST_DAYS[period]


@given(
    first=st.dates(date(2025, 1, 1), date(2027, 6, 30)),
    cut=st.integers(0, 400),
    days=st.integers(0, 400),
    period=st.sampled_from([*TILING, *DATED]),
    pauses=st.booleans(),
)
def test_asking_in_two_parts_gives_what_asking_at_once_gives(first, cut, days, period, pauses):
    rhythm = Rhythm(period, ("06-01", "lunar:09-09", "month:10") if period in DATED else (), pauses=pauses)
    middle, last = first + timedelta(days=cut), first + timedelta(days=cut + days)

    at_once = windows(rhythm, SCHOOL, first=first, last=last)
    in_parts = [
        *windows(rhythm, SCHOOL, first=first, last=middle),
        *windows(rhythm, SCHOOL, first=middle + timedelta(days=1), last=last),
    ]

    assert in_parts == at_once


@given(day=st.dates(date(2024, 1, 1), date(2034, 12, 31)))
def test_days_have_twenty_four_hours_all_year(day):
    window = Window(day, day)

    assert window.due_at - window.due_soon_at("daily") == timedelta(hours=24)
