"""`missed_to_webhook`: from the moment promises are missed to signed letters that another system has taken."""

from __future__ import annotations

import base64
import secrets
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from standardwebhooks import Webhook as Signer
from urllib3 import PoolManager

from services.ops.bench.result import Result, Trial, in_turn, medians, spread
from services.ops.bench.stage import Stage, stage
from shared.kernel.ids import new_id
from shared.notifications.gateways.webhook import LINES
from shared.notifications.models import Webhook
from shared.notifications.webhook_rules import SECRET_PLACE, body

MISSED = 20_000
ORGANISATIONS = 50
WARM = 500
LOOK_SECONDS = 0.05
NAME = "occurrence.missed"
ASKING = PoolManager(retries=False)
FILL = """
    INSERT INTO occurrence (tenant_id, id, item_id, kind, subject_kind, subject_id, child_id, window_start, window_end,
                            due_soon_at, due_at, grace_until)
    SELECT (SELECT array_agg(id) FROM organisation)[1 + n %% %s], gen_random_uuid(), gen_random_uuid(), 'talk', 'child',
           gen_random_uuid(), gen_random_uuid(), '2026-09-01', '2026-09-30', now(), now(), now()
      FROM generate_series(1, %s) n
"""
MISS = """
    UPDATE occurrence SET state = 'open', stage = 'overdue', grace_until = now(), alert_at = now()
     WHERE ctid IN (SELECT ctid FROM occurrence LIMIT %s)
"""


def missed_to_webhook(trial: Trial) -> Result:
    """Real sweeper, bell and worker of the queue; the floor is one thread pool that posts as many signed letters."""
    with stage(ORGANISATIONS) as built:
        secret, url = _receiver(built)
        _register(built, secret, url)
        built.start("services.ops.main", "clock")
        built.start("services.ops.main", "worker", "--queues", "webhook")
        _ours(built, url, WARM)
        _floor(built, url, secret, WARM)
        found = in_turn(lambda: _ours(built, url, MISSED), lambda: _floor(built, url, secret, MISSED), trial)
        figures = _figures(url)
    assert (figures["wrong"], figures["got"]) == (0, figures["different"]), figures
    value, floor = medians(found)
    details = {
        "missed": MISSED,
        "organisations": ORGANISATIONS,
        "signatures checked": figures["checked"],
        "runs": spread(found[0]),
        "floor runs": spread(found[1]),
    }
    return Result("missed_to_webhook", value, "letters/s", True, floor, value / floor, details)


def _receiver(built: Stage) -> tuple[str, str]:
    """Start it; (secret, address)."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    built.extra |= {"HEHU_BENCH_SECRET": secret, "HEHU_BENCH_PORT": str(port), "HEHU_WEBHOOK_LOCAL": "yes"}
    built.start("services.ops.bench.receiver")
    return secret, f"http://127.0.0.1:{port}/"


def _register(built: Stage, secret: str, url: str) -> None:
    """One address for each organisation, and the promises that will be missed."""
    crypto = built.house.info["crypto"]
    for tenant in built.tenants:
        with built.house.app.transaction(tenant) as session:
            id = new_id()
            sealed = crypto.encrypt(secret, place=SECRET_PLACE, row=id)
            session.add(Webhook(id=id, url=f"{url}{tenant}", secret=sealed, events=[NAME]))
    with built.superuser() as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(FILL, [ORGANISATIONS, MISSED])


def _ours(built: Stage, url: str, missed: int) -> float:
    """Letters per second from the moment at which the promises are past their grace."""
    with built.superuser() as connection:
        connection.execute("TRUNCATE reaction, event CASCADE")
        connection.execute("VACUUM ANALYZE occurrence")
        wanted = _figures(url)["different"] + missed
        connection.execute(MISS, [missed])
        started = time.perf_counter()
    while _figures(url)["different"] < wanted:
        time.sleep(LOOK_SECONDS)
    return missed / (time.perf_counter() - started)


def _figures(url: str) -> dict[str, int]:
    while True:
        try:
            found: dict[str, int] = ASKING.request("GET", url).json()
            return found
        except Exception:  # noqa: BLE001  # it is just starting
            time.sleep(LOOK_SECONDS)


def _floor(built: Stage, url: str, secret: str, letters: int) -> float:
    """The same letters by one thread pool over kept connections."""
    http, signer = PoolManager(maxsize=LINES), Signer(secret)
    tenants = [built.tenants[number % ORGANISATIONS] for number in range(letters)]

    def post(tenant: UUID) -> None:
        id, moment, text = str(new_id()), datetime.now(UTC), _body(tenant)
        headers = {
            "content-type": "application/json",
            "webhook-id": id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": signer.sign(id, moment, text),
        }
        answer = http.request("POST", f"{url}{tenant}", body=text.encode(), headers=headers, retries=False)
        assert answer.status == 204

    with ThreadPoolExecutor(LINES) as pool:
        started = time.perf_counter()
        list(pool.map(post, tenants))
        return letters / (time.perf_counter() - started)


def _body(tenant: UUID) -> str:
    """As long as ours."""
    fields: dict[str, Any] = {name: str(new_id()) for name in ("occurrence_id", "item_id", "child_id")}
    fields |= {"kind": "talk", "unit_id": None, "doer_id": None, "window_start": "2026-09-01"}
    return body(NAME, fields, event_id=new_id(), at=datetime.now(UTC), organisation=tenant)
