"""The API does what its document says, whatever comes in: schemathesis over every operation, all its checks on."""

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from flask import Flask
from hypothesis import strategies as st
from schemathesis import engine
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.engine.events import NonFatalError, ScenarioFinished
from schemathesis.generation.case import Case
from werkzeug.serving import WSGIRequestHandler, make_server

from services.web.edge.idempotency import HEADER
from services.web.edge.limits import limiter
from shared.organisations.models import Area
from tests.support.cast import Cast
from tests.web.scripts import ROSTER, Script, stock

EXAMPLES = 4  # of each operation, beside those of the coverage phase
SEED = 20260901
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643
TODAY = dict.fromkeys(("on_day", "follow_up_on", "from_on", "known_at", "occurred_at", "told_at", "at"))
ENDING = ("/void", "/confirm", "/end")


def resident_number(place: str, born: date, serial: int) -> str:
    """A number with its right last sign."""
    body = f"{place}{born:%Y%m%d}{serial:03}"
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


FORMATS = {
    "mobile": st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    "phone": st.from_regex(r"1[3-9][0-9]{9}|0[0-9]{2,3}-[0-9]{7,8}", fullmatch=True),
    "slug": st.from_regex(r"[a-z0-9-]{1,60}", fullmatch=True),
    "resident-number": st.builds(
        resident_number,
        st.sampled_from(["430102", "520321"]),
        st.dates(date(2010, 1, 1), date(2020, 12, 31)),
        st.integers(1, 999),
    ),
}


@dataclass
class Found:
    """What a run found; how often each operation was asked, and how often it did what it was asked."""

    failures: list[str] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    checks: set[str] = field(default_factory=set)

    def take(self, event: ScenarioFinished) -> None:
        """Add one scenario."""
        seen = event.recorder
        for case_id, interaction in seen.interactions.items():
            label = seen.cases[case_id].value.operation.label
            self.asked[label] += 1
            self.done[label] += interaction.response is not None and interaction.response.status_code < 300
        for case_id, check in ((case_id, check) for case_id, checks in seen.checks.items() for check in checks):
            self.checks.add(check.name)
            if check.failure_info is not None:
                answer = seen.interactions[case_id].response
                text = answer.content.decode("utf-8", "replace")[:400] if answer else ""
                label = seen.cases[case_id].value.operation.label
                failure = check.failure_info
                self.failures.append(f"{event.phase} {label}: {failure.failure}\n{failure.code_sample}\n{text}")


class Known:
    """Half of what is sent names things that are there, on days that can be, or the rules would refuse nearly all.

    What ends a thing is asked about other things than the rest.

    Two more things no schema can say: a one-time key is for one request alone, and a roster is not any bytes.
    """

    def __init__(self, lasting: Mapping[str, str], ending: Mapping[str, str]) -> None:
        self.lasting, self.ending = dict(lasting), dict(ending)
        self.turns = itertools.count()

    def put_in(self, case: Case[Any]) -> None:
        """Change what was made up well; what was made up badly stays as it is."""
        if _is_good(case, ParameterLocation.HEADER) and HEADER in case.headers:
            case.headers[HEADER] = str(uuid4())
        body: Any = case.body if _is_good(case, ParameterLocation.BODY) else None
        named = body if isinstance(body, dict) else {}
        if "file" in named:
            named["file"] = ROSTER
        if next(self.turns) % 2:
            ids = self.ending if case.operation.path.endswith(ENDING) else self.lasting
            _put(named, ids | {"child_ids": [ids["child_id"]], "version": 1} | TODAY)
            if _is_good(case, ParameterLocation.PATH):
                _put(case.path_parameters, ids)


def _put(values: dict[str, Any], known: Mapping[str, Any]) -> None:
    values.update({name: known[name] for name in values if name in known})


def _is_good(case: Case[Any], place: ParameterLocation) -> bool:
    parts = case.meta.components if case.meta else {}
    return place not in parts or parts[place].mode.is_positive


class Quiet(WSGIRequestHandler):
    """A server that writes no line for each request."""

    def log_request(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def address(make_app: Callable[[], Flask]) -> Iterator[str]:
    """The application behind HTTP, without its limit of requests a minute."""
    server = make_server("127.0.0.1", 0, make_app(), threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    limiter.enabled = False
    yield f"http://127.0.0.1:{server.port}"
    limiter.enabled = True
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def config(cast: Cast) -> SchemathesisConfig:
    """Whose keys are sent where, and how much is tried; everything else is as schemathesis has it."""
    with cast.house.app.transaction(None) as session:
        area = session.get_one(Area, cast.county.area_id).slug
    plain = {"Accept-Encoding": "identity"}
    county = {"include-path-regex": "^/api/v1/areas/", "headers": {**Script(cast, cast.county).headers, **plain}}
    return SchemathesisConfig.from_dict(
        {
            "seed": SEED,
            "headers": {**Script(cast, cast.school).headers, **plain},
            "operations": [county],
            "parameters": {"path.org": cast.school.slug, "path.area": area},
            "generation": {"deterministic": True, "max-examples": EXAMPLES, "database": "none", "no-shrink": True},
            "continue-on-failure": True,
        }
    )


@contextmanager
def registered(known: Known) -> Iterator[None]:
    """Our formats and ids, for one run."""
    for name, strategy in FORMATS.items():
        schemathesis.openapi.format(name, strategy)

    @schemathesis.hook("before_call")
    def put_in(context: Any, case: Case[Any], kwargs: dict[str, Any]) -> None:
        known.put_in(case)

    yield
    schemathesis.hooks.unregister_all()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_api_does_what_its_document_says(cast, address, config):
    found = Found()

    known = Known(stock(cast, cast.school), stock(cast, cast.school, about=1))

    with registered(known):
        schema = schemathesis.openapi.from_url(f"{address}/api/v1/openapi.json", config=config)
        for event in engine.from_schema(schema).execute():
            if isinstance(event, NonFatalError):
                found.failures.append(f"{event.phase} {event.label}: {event.value!r}")
            if isinstance(event, ScenarioFinished):
                found.take(event)

    assert found.failures == []
    assert [label for label in found.asked if not found.done[label]] == []
    assert found.checks == set(schemathesis.checks.CHECKS.get_all_names())  # none is switched off
