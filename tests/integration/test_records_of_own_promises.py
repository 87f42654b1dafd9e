"""Whoever has a promise can keep it, for a child outside their own class and pairing too."""

from datetime import date

from shared.care.record_queries import child_occurrences
from shared.kernel.clock import day_start
from tests.support.promises import a_promise, promise_now
from tests.support.records import CHILD, NOV, correct, visit, void


def test_the_only_proxy_parent_keeps_a_promise_to_a_child_nobody_is_paired_with(cast):
    alone = cast.school.proxy_parent
    promise = a_promise(cast.school, child=CHILD, doer=alone, start=NOV)

    visit(cast.school, date(2026, 11, 20), by=alone, tapped=promise)

    assert promise_now(cast.school, promise).state == "done"


def test_what_was_written_for_it_can_be_corrected_and_declared_void(cast):
    alone = cast.school.proxy_parent
    promise = a_promise(cast.school, child=CHILD, doer=alone, start=NOV)
    written = visit(cast.school, date(2026, 11, 20), by=alone, tapped=promise)

    mended = correct(cast.school, written.record, by=alone, on=date(2026, 11, 21), note="奶奶也在家")
    void(cast.school, mended.record, by=alone, on=date(2026, 11, 22))

    assert mended.record.note == "奶奶也在家"
    assert promise_now(cast.school, promise).state == "open"


def test_a_childs_page_begins_with_the_most_pressing_and_ends_with_what_is_past(cast):
    school, now = cast.school, day_start(date(2026, 11, 20))
    far = a_promise(school, child=CHILD, start=date(2026, 10, 1), days=120)
    past = a_promise(school, child=CHILD, start=date(2026, 9, 1), state="missed")
    near = a_promise(school, child=CHILD, start=NOV, days=15)

    with school.transaction() as session:
        shown = child_occurrences(session, school.head, school.children[CHILD], now=now)

    assert [one.id for one in shown] == [near.id, far.id, past.id]
