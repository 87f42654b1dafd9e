"""No process starts with a clock of its own, on a server with a known hole, or over a Redis that forgets."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from sqlalchemy import create_engine

from services.worker.broker import assert_keeps_everything, build_broker
from shared.kernel import gate
from shared.kernel.errors import DomainError
from shared.kernel.gate import MOST_SKEW, assert_role, clock_ahead, is_unsafe
from tests.support.cast import settings_of
from tests.support.cluster import Urls
from tests.worker.gate import AT_ONCE, PROCESSES, refused_in_one_line, start


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_r25_no_process_starts_with_a_clock_six_seconds_off(urls: Urls) -> None:
    skewed = [(process, 6.0 if number % 2 else -6.0) for number, process in enumerate(PROCESSES)]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        ended = list(pool.map(lambda one: start(urls, one[0], ahead=one[1]), skewed))

    assert [process for process, one in zip(PROCESSES, ended, strict=True) if not refused_in_one_line(one)] == []
    assert all("6" in one.stderr for one in ended)


@pytest.mark.parametrize(("ahead", "refused"), [(-6, True), (-4, False), (0, False), (4, False), (6, True)])
def test_r25_five_seconds_are_forgiven(urls: Urls, monkeypatch: pytest.MonkeyPatch, ahead: int, refused: bool) -> None:
    engine = create_engine(urls.app)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + ahead)

    with engine.connect() as connection:
        assert (abs(clock_ahead(connection)) > MOST_SKEW) is refused
    engine.dispose()


@pytest.mark.parametrize("version", [140020, 150013, 160009, 170005])
def test_r14_a_server_with_a_known_hole_is_unsafe(version: int) -> None:
    assert is_unsafe(version)


@pytest.mark.parametrize("version", [150014, 160010, 170006, 180000])
def test_r14_a_mended_server_is_safe(version: int) -> None:
    assert not is_unsafe(version)


def test_r14_a_process_asks_its_server_at_the_start(urls: Urls, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = create_engine(urls.app)
    assert_role(engine, "hehu_app")
    monkeypatch.setitem(gate.OLDEST_SAFE, 18, 9999)

    with pytest.raises(DomainError, match=r"database\.version"):
        assert_role(engine, "hehu_app")
    engine.dispose()


@pytest.fixture
def forgetful(urls: Urls) -> Iterator[None]:
    """A Redis that throws the oldest away when it is full."""
    with redis.Redis.from_url(urls.redis) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        yield
        client.config_set("maxmemory-policy", "noeviction")


def test_r23_a_redis_that_forgets_is_refused(urls: Urls, forgetful: None) -> None:
    broker = build_broker(settings_of(urls))

    with pytest.raises(DomainError, match=r"redis\.policy"):
        assert_keeps_everything(broker)


@pytest.mark.slow
@pytest.mark.parametrize("process", ["worker", "bell"])
def test_r23_no_process_starts_over_a_redis_that_forgets(urls: Urls, forgetful: None, process: str) -> None:
    ended = start(urls, process)

    assert ended.returncode == 2
    assert "noeviction" in ended.stderr
