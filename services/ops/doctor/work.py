"""Whether work goes on: what runs, how old the oldest work is, and what the auditor finds."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from services.ops.doctor.line import FAIL, OK, WARN, Line, expect, judged
from shared.kernel.database import Database
from shared.kernel.pulse import BELLS, SWEEPER, WORKERS
from shared.kernel.settings import Settings
from shared.proofs.audit import PROOFS, audit, given
from shared.proofs.readings import Readings, read

WAIT = {"alarm": 60.0, "webhook": 3600.0}  # seconds; the others may wait five minutes
WAIT_OTHERS = 300.0
SLOW = "look at the log of hehu worker (reaction_not_done), or start more of them for this queue"


def looked_at(settings: Settings) -> Iterator[Line]:
    """As the auditor, who alone sees all organisations' work."""
    if not settings.auditor_database_url:
        yield Line(WARN, "work", "not looked at", "set HEHU_AUDITOR_DATABASE_URL")
        return
    database = Database(settings.auditor_database_url, info={}, pool_size=1)
    try:
        with database.transaction(None) as session:
            readings = read(session)
        yield from _parts(readings, settings.silence_seconds)
        yield from _ages(readings)
        yield from _deliveries(readings)
        yield from _proofs(database, settings)
    except SQLAlchemyError as trouble:
        yield Line(
            FAIL, "work", f"cannot be looked at ({type(trouble).__name__})", "mend the database's lines above first"
        )
    finally:
        database.close()


def _parts(readings: Readings, silence: float) -> Iterator[Line]:
    for command, parts in (("hehu clock", (SWEEPER, *BELLS)), ("hehu worker", WORKERS)):
        silent = [part for part in parts if readings.silent[part] > silence]
        said = f"no sign of life for {silence:.0f} s: {', '.join(silent)}"
        yield expect(not silent, command, "all its parts live", otherwise=said, to_do="start it, or see its log")


def _ages(readings: Readings) -> Iterator[Line]:
    for queue, age in readings.oldest_open.items():
        most = WAIT.get(queue, WAIT_OTHERS)
        about = f"oldest open reaction, queue {queue}"
        yield judged(about, age, warn=most / 2, fail=most, unit="s", to_do=SLOW)
    yield judged("stuck leases", readings.stuck, warn=0, fail=0, to_do="see that hehu clock runs")
    yield judged("parked reactions", readings.parked, warn=0, fail=0, to_do="hehu reactions parked says why")
    late = max(readings.late.values())
    yield judged("latest timed row", late, warn=10, fail=60, unit="s late", to_do="see that hehu clock runs (sweeper)")


def _deliveries(readings: Readings) -> Iterator[Line]:
    lost = {place: count for place, count in readings.deliveries.items() if place[1] in ("failed", "unknown")}
    for (channel, state), count in lost.items():
        to_do = "the deliveries page of each organisation says why, and sends again"
        yield Line(WARN, f"deliveries by {channel}", f"{count} {state} in the last day", to_do)
    waits = max((seconds for channel, seconds in readings.waits.items() if channel != "webhook"), default=0.0)
    yield judged("oldest unsent message", waits, warn=60, fail=900, unit="s", to_do="look at the gateway")


def _proofs(database: Database, settings: Settings) -> Iterator[Line]:
    found = audit(database, given(silence=settings.silence_seconds, whole=True) | {"parts": []}, minutes=5)
    yield from (Line(FAIL, f"proof {one.check}", one.sentence(), one.to_do) for one in found)
    if not found:
        yield Line(OK, "proofs", f"all {len(PROOFS)} hold, over the whole database")
