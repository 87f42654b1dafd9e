"""What is due moves once, to its highest due stage, with its event, whatever the number of sweepers."""

from collections.abc import Iterator

import pytest

from tests.support.cluster import Urls
from tests.support.sheet import Sheet, sheet_in
from tests.worker.trial import house_with, leave_trace

OWED = "SELECT e.subject_id FROM reaction r JOIN event e ON e.tenant_id = r.tenant_id AND e.id = r.event_id"


@pytest.fixture
def sheet(fresh_urls: Urls) -> Iterator[Sheet]:
    with sheet_in(fresh_urls) as made:
        yield made


def test_each_stage_is_reached_once_and_in_order(sheet: Sheet) -> None:
    one = sheet.occurrence(soon=-1, due=60, grace=120)

    for _ in range(4):
        sheet.sweep()
        sheet.sweep()
        sheet.advance(61)

    assert [name for name, _ in sheet.events(one)] == ["trial.soon", "trial.late", "trial.happened"]
    assert sheet.row(one) == ("missed", "missed")


def test_nothing_moves_early(sheet: Sheet) -> None:
    one = sheet.occurrence(soon=1, due=60, grace=120)

    assert sheet.sweep() == 0
    assert sheet.events(one) == []


def test_after_an_outage_an_item_fires_once_at_its_highest_stage_and_says_what_was_skipped(sheet: Sheet) -> None:
    one = sheet.occurrence(soon=-300, due=-200, grace=-100)

    sheet.sweep()

    assert sheet.events(one) == [("trial.happened", ["due_soon", "overdue"])]


def test_what_has_ended_is_left_alone(sheet: Sheet) -> None:
    done = sheet.occurrence(soon=-300, due=-200, grace=-100, state="done")

    assert sheet.sweep() == 0
    assert sheet.row(done)[0] == "done"


def test_the_event_brings_its_reactions(sheet: Sheet) -> None:
    sheet.occurrence(soon=-300, due=-200, grace=-100)

    sheet.sweep()

    assert sheet.connection.execute("SELECT reactor, state FROM reaction").fetchall() == [("leave_trace", "open")]


def test_the_event_owes_nothing_to_who_does_not_hear_it(sheet: Sheet) -> None:
    heard, _unheard = sheet.occurrences(2, soon=-300, due=-200, grace=-100)
    sheet.house = house_with(sheet.house, leave_trace.when(trial_id=str(heard)))

    sheet.sweep()

    assert sheet.connection.execute(OWED).fetchall() == [(heard,)]
