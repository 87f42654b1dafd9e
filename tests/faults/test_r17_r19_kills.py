"""Processes that die at any moment, at named places, with other faults, or are asked to stop (R35): nothing is lost.

R17 kills three times a second rather than every two: leases are of 2 seconds here, of 20 in production.
"""

import random
import signal
import time

import pytest

from tests.faults.injections import FAULTS, strike
from tests.faults.scale import times
from tests.faults.site import PROCESSES, Site, at_work
from tests.faults.web import real_web

VICTIMS = (*PROCESSES, "web")
KILLS_PER_SECOND = 3.0
OTHERS = [("worker", "after_receive"), ("worker", "before_commit"), ("worker", "after_commit"), ("worker", "after_ack")]
# What was claimed and never published is found by its lease alone.
POINTS = [("clock", "after_publish"), pytest.param("clock", "after_claim", marks=pytest.mark.full), *OTHERS]
PASSES = (2, 6)  # a process comes by a place that often before it dies there
REPORTERS = 3
GRACE_SECONDS = 30
IN_HAND = 100


@pytest.mark.timeout(900)
def test_r17_random_kills_lose_and_double_nothing(site: Site, chance: random.Random) -> None:
    victims = [chance.choice(VICTIMS) for _ in range(times(300))]
    probes = times(30_000)

    with at_work(lambda _: site.fleet.send(probes), site.script.work):
        for victim in victims:
            site.kill(victim)
            time.sleep(chance.expovariate(KILLS_PER_SECOND))

    site.settle()


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("process", "point"), POINTS)
def test_r18_dying_at_a_named_place_loses_and_doubles_nothing(
    site: Site, chance: random.Random, process: str, point: str
) -> None:
    names, crashes = (process, f"{process}2"), 0

    def start(name: str) -> None:
        site.fleet.kill(name)
        site.fleet.start(name, HEHU_CRASH_AT=f"{point}:{chance.randint(*PASSES)}")

    for name in names:
        start(name)
    with at_work(site.send):
        while crashes < times(200):
            for name in names:
                if site.fleet.died(name):
                    crashes += 1
                    start(name)
            time.sleep(0.01)
    for name in names:
        site.kill(name)

    site.settle()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("point", ["before_commit", "after_commit"])
def test_r18_a_web_process_dying_at_a_named_place_keeps_each_answered_request_once(site: Site, point: str) -> None:
    log = site.fleet.logs / "web2.log"
    log.write_text("")

    with real_web(site.fleet, "web2", HEHU_CRASH_AT=f"{point}:3") as web:
        site.script.address = web.address
        with at_work(*[site.script.work] * REPORTERS):
            while log.read_text().count("exited with code 137") < times(200):
                time.sleep(0.1)

    site.settle()
    assert site.script.refused == []


@pytest.mark.full
@pytest.mark.timeout(900)
def test_r19_faults_that_come_together_lose_and_double_nothing(site: Site, chance: random.Random) -> None:
    pairs = [chance.sample(FAULTS, 2) for _ in range(times(60, 15))]
    triples = [chance.sample(FAULTS, 3) for _ in range(times(40, 20))]

    with at_work(site.send, site.script.work):
        for faults in pairs + triples:
            strike(site, faults, chance)

    site.settle()


@pytest.mark.timeout(900)
def test_r35_a_graceful_stop_finishes_what_it_has_in_hand(site: Site) -> None:
    for _ in range(times(10)):
        site.fleet.send(IN_HAND)
        for name in ("worker", "worker2", "clock", "clock2"):
            site.fleet.kill(name, signal.SIGTERM, within=GRACE_SECONDS)
            site.fleet.start(name)

    site.settle()
