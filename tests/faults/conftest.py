"""Chance with a seed that is printed and can be played again by HEHU_SEED; a site for each file."""

import os
import random
from collections.abc import Iterator

import pytest

from tests.faults.site import Site, running_site, whole


@pytest.fixture(autouse=True)
def seed() -> int:
    """What this test's chance starts from."""
    number = int(os.environ.get("HEHU_SEED") or random.SystemRandom().randrange(10**6))
    random.seed(number)
    print(f"HEHU_SEED={number}")
    return number


@pytest.fixture
def chance(seed: int) -> random.Random:
    """What draws the faults: their kind and order are those of the seed, however threads take turns."""
    return random.Random(seed)


@pytest.fixture(scope="module")
def site_of_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Servers and web for a whole file."""
    with running_site(tmp_path_factory.mktemp("logs")) as site:
        yield site


@pytest.fixture
def site(site_of_file: Site) -> Iterator[Site]:
    """The site with all its processes, for one test."""
    with whole(site_of_file):
        yield site_of_file
