"""`hehu auditor`: proves from the outside that nothing promised was lost, and falls silent when anything was (R46).

It reads as hehu_auditor and changes nothing.  Each round looks at the last days, one in nine minutes (and each
after a finding) at everything.  What it finds is an error in its log and a figure; only a round without a finding moves
`hehu_audit_last_success_timestamp_seconds` and calls HEHU_HEARTBEAT_URL.
"""

from __future__ import annotations

import threading
import time
import urllib.request
from collections.abc import Sequence
from typing import Any

import click
import structlog
from sqlalchemy.exc import SQLAlchemyError

from shared.kernel import telemetry
from shared.kernel.database import Database, assert_role
from shared.kernel.settings import Settings
from shared.proofs.audit import PROOFS, audit, given
from shared.proofs.proof import Finding
from shared.proofs.readings import STATES, Readings, read

from .starting import serve_figures, settings_of, until_told, when_there

WHOLE_EVERY = 540.0  # seconds; whatever is wrong is found within ten minutes
CALL_SECONDS = 10

log = structlog.get_logger()


@click.command()
def auditor() -> None:
    """Prove that nothing was lost, and fall silent when something was."""
    run_auditor()


def run_auditor() -> None:
    """Audit until told to stop; as hehu_auditor and nobody else."""
    settings = settings_of("auditor_database_url")
    database = Database(settings.auditor_database_url, info={}, pool_size=1)
    when_there(lambda: assert_role(database.engine, "hehu_auditor"), "postgresql")
    serve_figures(settings)
    running = Auditor(database, settings)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    log.info("auditor_started", proofs=len(PROOFS))
    until_told(running.stopping.set)
    thread.join(timeout=CALL_SECONDS)


class Auditor:
    """One round every `audit_seconds`, in a thread, until told to stop."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.settings = database, settings
        self.stopping = threading.Event()
        self.next_whole = 0.0
        self.expects_signs_from = time.monotonic() + settings.silence_seconds
        self.channels = {"sms"}

    def run(self) -> None:
        """Until `stopping` is set; while the database is away there is nothing to prove, and no success."""
        while not self.stopping.is_set():
            try:
                self.round()
            except SQLAlchemyError as trouble:
                log.error("audit_failed", error=f"{type(trouble).__name__}: {trouble}"[:300])
            self.stopping.wait(self.settings.audit_seconds)

    def round(self) -> Sequence[Finding]:
        """Measure and prove once; returns what was found."""
        with self.database.transaction(None) as session:
            self._show(read(session))
        whole = time.monotonic() >= self.next_whole
        found = audit(self.database, self._asked(whole=whole))
        if found:  # it may lie too far back for a shorter look: everything, until it is mended
            self.next_whole = 0.0
        elif whole:
            self.next_whole = time.monotonic() + WHOLE_EVERY
        self._report(found)
        return found

    def _asked(self, *, whole: bool) -> dict[str, Any]:
        """Whoever is started together with the auditor has as long as a silence to show itself."""
        asked = given(silence=self.settings.silence_seconds, whole=whole)
        return asked if time.monotonic() > self.expects_signs_from else asked | {"parts": []}

    def _show(self, readings: Readings) -> None:
        telemetry.STUCK_LEASES.set(readings.stuck)
        telemetry.PARKED.set(readings.parked)
        for gauge, seconds in (
            (telemetry.OLDEST_OPEN, readings.oldest_open),
            (telemetry.SWEEP_LATENESS, readings.late),
            (telemetry.SILENCE, readings.silent),
        ):
            for label, value in seconds.items():
                gauge.labels(label).set(value)
        self.channels |= readings.waits.keys()
        for channel in self.channels:
            telemetry.DELIVERY_WAIT.labels(channel).set(readings.waits.get(channel, 0.0))
            for state in STATES:
                telemetry.DELIVERIES.labels(channel, state).set(readings.deliveries.get((channel, state), 0))

    def _report(self, found: Sequence[Finding]) -> None:
        counts = {one.check: one.count for one in found}
        for proof in PROOFS:
            telemetry.AUDIT_FINDINGS.labels(proof.name).set(counts.get(proof.name, 0))
        for one in found:
            log.error("audit_finding", check=one.check, says=one.sentence(), count=one.count, to_do=one.to_do)
        if not found:
            telemetry.AUDIT_SUCCESS.set_to_current_time()
            self._call()

    def _call(self) -> None:
        """Tell the watchdog outside; whoever hears nothing from here raises the alarm."""
        if not self.settings.heartbeat_url:
            return
        try:
            urllib.request.urlopen(self.settings.heartbeat_url, timeout=CALL_SECONDS).close()
        except OSError as trouble:
            log.warning("heartbeat_not_taken", error=type(trouble).__name__)
