"""Chance with a seed that is printed, and can be played again by HEHU_SEED."""

import os
import random

import pytest


@pytest.fixture(autouse=True)
def seed() -> int:
    """What this test's chance starts from."""
    number = int(os.environ.get("HEHU_SEED") or random.SystemRandom().randrange(10**6))
    random.seed(number)
    print(f"HEHU_SEED={number}")
    return number
