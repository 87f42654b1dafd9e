"""The database's clock jumps: nothing is moved twice, nothing is early by more than the jump, and it is said."""

import threading
import time
from collections.abc import Iterator
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from services.worker import sweeper
from services.worker.sweeper import ClockWatch, Sweeper
from tests.support.cluster import Urls
from tests.support.sheet import Sheet, sheet_in

JUMP = 10  # minutes
# Minutes from now of due soon, due and missed.
MOMENTS = {
    "long ago": (-300, -200, -100),
    "just now": (-5, 1000, 2000),
    "soon": (5, 1000, 2000),
    "late": (15, 1000, 2000),
}


@pytest.fixture
def sheet(fresh_urls: Urls) -> Iterator[Sheet]:
    with sheet_in(fresh_urls) as made:
        yield made


def promised(sheet: Sheet) -> dict[str, UUID]:
    return {name: sheet.occurrence(soon=soon, due=due, grace=grace) for name, (soon, due, grace) in MOMENTS.items()}


def told(sheet: Sheet, rows: dict[str, UUID]) -> dict[str, int]:
    """How many events each has had."""
    return {name: len(sheet.events(row)) for name, row in rows.items()}


def test_r43_a_clock_that_goes_back_repeats_nothing(sheet: Sheet) -> None:
    rows = promised(sheet)
    sheet.sweep()

    sheet.advance(-JUMP)
    back = [sheet.sweep() for _ in range(3)]
    sheet.advance(JUMP)
    again = sheet.sweep()

    assert (back, again) == ([0, 0, 0], 0)
    assert told(sheet, rows) == {"long ago": 1, "just now": 1, "soon": 0, "late": 0}


def test_r43_a_clock_that_goes_forward_is_early_by_the_jump_and_no_more(sheet: Sheet) -> None:
    rows = promised(sheet)
    sheet.sweep()

    sheet.advance(JUMP)
    early = sheet.sweep()
    sheet.advance(-JUMP)
    again = sheet.sweep()

    assert (early, again) == (1, 0)
    assert told(sheet, rows) == {"long ago": 1, "just now": 1, "soon": 1, "late": 0}


@pytest.mark.parametrize("minutes", [-JUMP, JUMP])
def test_r43_a_jump_is_logged_with_its_size(sheet: Sheet, minutes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeper, "EVERY_SECONDS", 0.05)
    sweeping = Sweeper(sheet.house)
    thread = threading.Thread(target=sweeping.run)

    with capture_logs() as logs:
        thread.start()
        until(lambda: sweeping.watch.before is not None)
        sheet.advance(minutes)
        until(lambda: any(line["event"] == "clock_jumped" for line in logs))
        sweeping.stopping.set()
        thread.join()

    assert [line["seconds"] for line in logs if line["event"] == "clock_jumped"] == [minutes * 60]


def until(holds: object, seconds: float = 30) -> None:
    assert callable(holds)
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_r43_a_clock_that_goes_as_it_should_is_not_spoken_of(sheet: Sheet) -> None:
    watch = ClockWatch(sheet.house)

    with capture_logs() as logs:
        for _ in range(3):
            watch.look()
            time.sleep(0.1)

    assert logs == []
