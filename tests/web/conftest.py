"""The cast, and the application with one more room: the probe, which stands for what colleagues build."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask

from services.web.app import create_app
from services.web.db import db
from shared.bootstrap import House
from tests.support.cast import Cast
from tests.support.casting import build_cast
from tests.support.cluster import Urls
from tests.support.fixtures import cast, house, unlimited
from tests.web import probe

__all__ = ["cast", "cast_at_probe", "house", "make_app", "probe_app", "unlimited"]


@contextmanager
def _ending(app: Flask) -> Iterator[Flask]:
    app.config["TESTING"] = True
    yield app
    with app.app_context():
        db.engine.dispose()  # open connections would be warnings, and warnings are errors


@pytest.fixture(scope="session")
def probe_app(house: House) -> Iterator[Flask]:
    """The application with the probe's page and resource."""
    with _ending(create_app(house, pages=[probe.bp], apis=[probe.api])) as app:
        yield app


@pytest.fixture(scope="session")
def make_app(house: House) -> Iterator[Callable[[], Flask]]:
    """The application as it is."""
    with _ending(create_app(house)) as app:
        yield lambda: app


@pytest.fixture
def cast_at_probe(house: House, urls: Urls, probe_app: Flask) -> Cast:
    """The cast, whose browsers open the application with the probe."""
    return build_cast(house, urls, lambda: probe_app)
