"""`hehu auditor`: proves from the outside that nothing promised was lost, and falls silent when anything was (R46).

It reads as hehu_auditor and changes nothing.  Each round looks at the last two days; beside the rounds one proof after
the other looks back over everything kept, all of them in nine minutes.  What is found is an error in the log and a
figure; only while nothing is found `hehu_audit_last_success_timestamp_seconds` moves and HEHU_HEARTBEAT_URL is called.
"""

from __future__ import annotations

import threading
import time
import urllib.request
from collections.abc import Mapping, Sequence
from itertools import cycle

import click
import structlog
from sqlalchemy.exc import SQLAlchemyError

from shared.kernel import telemetry
from shared.kernel.database import Database
from shared.kernel.gate import assert_role
from shared.kernel.settings import Settings
from shared.proofs.audit import PROOFS, audit, given
from shared.proofs.proof import Finding, Proof
from shared.proofs.readings import STATES, Readings, read

from .starting import serve_figures, settings_of, until_told, when_there

BACK_EVERY = 45.0  # seconds; a dozen proofs look back: whatever is wrong is found within ten minutes
CALL_SECONDS = 10

log = structlog.get_logger()


@click.command()
def auditor() -> None:
    """Prove that nothing was lost, and fall silent when something was."""
    run_auditor()


def run_auditor() -> None:
    """Audit until told to stop; as hehu_auditor and nobody else."""
    settings = settings_of("auditor_database_url")
    database = Database(settings.auditor_database_url, info={}, pool_size=2)
    when_there(lambda: assert_role(database.engine, "hehu_auditor"), "postgresql")
    serve_figures(settings)
    running = Auditor(database, settings)
    threads = [threading.Thread(target=work, daemon=True) for work in (running.run, running.run_back)]
    for thread in threads:
        thread.start()
    log.info("auditor_started", proofs=len(PROOFS))
    until_told(running.stopping.set)
    threads[0].join(timeout=CALL_SECONDS)


class Auditor:
    """A round every `audit_seconds` in one thread, the long look back in another, until told to stop."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.settings = database, settings
        self.stopping = threading.Event()
        self.starting_until = time.monotonic() + settings.silence_seconds
        self.further: dict[str, Finding] = {}
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
        """Measure and prove once; returns what was found, by this look or the last one further back."""
        with self.database.transaction(None) as session:
            self._show(read(session))
        asked = given(silence=self.settings.silence_seconds, whole=False)
        if self._is_starting():  # whoever is started together with the auditor has as long to show itself
            asked |= {"parts": []}
        found = self.further | {one.check: one for one in audit(self.database, asked, PROOFS)}
        self._report(found)
        return list(found.values())

    def run_back(self) -> None:
        """One proof after the other over everything kept; what one has found is looked at again with each."""
        for proof in cycle([proof for proof in PROOFS if proof.looks_back]):
            self.look_back([proof, *(one for one in PROOFS if one.name in self.further and one != proof)])
            if self.stopping.wait(BACK_EVERY):
                return

    def look_back(self, proofs: Sequence[Proof]) -> None:
        """Keep what these find further back, until they find nothing any more."""
        asked = given(silence=self.settings.silence_seconds, whole=True)
        found = {one.check: one for one in audit(self.database, asked, proofs, minutes=5)}
        looked_at = {proof.name for proof in proofs}
        self.further = {check: one for check, one in self.further.items() if check not in looked_at} | found

    def _is_starting(self) -> bool:
        return time.monotonic() < self.starting_until

    def _show(self, readings: Readings) -> None:
        telemetry.STUCK_LEASES.set(readings.stuck)
        telemetry.PARKED.set(readings.parked)
        for gauge, seconds in (
            (telemetry.OLDEST_OPEN, readings.oldest_open),
            (telemetry.SWEEP_LATENESS, readings.late),
            (telemetry.SILENCE, {} if self._is_starting() else readings.silent),
        ):
            for label, value in seconds.items():
                gauge.labels(label).set(value)
        self.channels |= readings.waits.keys()
        for channel in self.channels:
            telemetry.DELIVERY_WAIT.labels(channel).set(readings.waits.get(channel, 0.0))
            for state in STATES:
                telemetry.DELIVERIES.labels(channel, state).set(readings.deliveries.get((channel, state), 0))

    def _report(self, found: Mapping[str, Finding]) -> None:
        for proof in PROOFS:
            telemetry.AUDIT_FINDINGS.labels(proof.name).set(found[proof.name].count if proof.name in found else 0)
        for one in found.values():
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
