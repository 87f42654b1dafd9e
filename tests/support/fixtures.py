"""Fixtures over the cast; the conftest of each folder that needs them imports them."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from shared.bootstrap import House
from tests.support.cast import Cast, house_of
from tests.support.casting import build_cast
from tests.support.cluster import Urls, forget_tries

__all__ = ["cast", "house", "make_app", "unlimited"]


@pytest.fixture(scope="session")
def house(urls: Urls) -> Iterator[House]:
    """The worker's house: its databases connect at first use."""
    built = house_of(urls)
    yield built
    built.app.close()
    built.system.close()
    built.rollup.close()


@pytest.fixture(scope="session")
def make_app(house: House) -> Callable[[], Flask]:
    """The web application over the worker's house, made at the first call."""
    made: list[Flask] = []

    def make() -> Flask:
        if not made:
            from services.web.app import create_app  # here: tests without pages need no web

            made.append(create_app(house))
            made[0].config["TESTING"] = True
        return made[0]

    return make


@pytest.fixture(autouse=True)
def unlimited(urls: Urls) -> None:
    """Nobody's earlier tries count."""
    forget_tries(urls)


@pytest.fixture
def cast(house: House, urls: Urls, make_app: Callable[[], Flask]) -> Iterator[Cast]:
    """A county, its organisations and a stranger, all new; the clock is set back afterwards."""
    everybody = build_cast(house, urls, make_app)
    yield everybody
    everybody.reset_clock()
