"""Of a crowded queue organisations get their turns: nobody waits behind what another has heaped up (R34)."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from services.worker import bell
from shared.bootstrap import House
from shared.kernel import reactions
from tests.support.cast import house_of
from tests.support.cluster import Urls, dsn
from tests.support.rows import organisation

HEAPED = 1000
HEAP = """
    INSERT INTO reaction (tenant_id, id, event_id, reactor, queue, next_attempt_at)
    SELECT %s, gen_random_uuid(), gen_random_uuid(), 'r', 'default', now() - %s FROM generate_series(1, %s)
"""


@pytest.fixture
def tenants(fresh_urls: Urls) -> list[UUID]:
    """One that has heaped up a thousand, an hour ago, and nine with one each, just now."""
    with psycopg.connect(dsn(fresh_urls.superuser)) as connection:
        ids = [organisation(connection, f"tenant {number}") for number in range(10)]
        connection.execute("SET session_replication_role = replica")
        for tenant in ids:
            heaped = tenant == ids[0]
            connection.execute(HEAP, [tenant, timedelta(hours=heaped), HEAPED if heaped else 1])
    return ids


def claimed(house: House, **how: int) -> Counter[UUID]:
    with house.system.engine.begin() as connection:
        found = reactions.claim(connection, "default", lease=timedelta(minutes=1), most=bell.MOST_PER_CLAIM, **how)
    return Counter(one.tenant_id for one in found)


def test_r34_organisations_take_turns(fresh_urls: Urls, tenants: list[UUID]) -> None:
    house = house_of(fresh_urls)

    first = claimed(house, share=100)

    assert [first[tenant] for tenant in tenants] == [100, *[1] * 9]
    house.system.close()


def test_r34_two_claims_in_turn_never_get_the_same(fresh_urls: Urls, tenants: list[UUID]) -> None:
    house = house_of(fresh_urls)

    found = [claimed(house, share=100) for _ in range(11)]

    assert sum(found, Counter()) == Counter({tenant: HEAPED if tenant == tenants[0] else 1 for tenant in tenants})
    house.system.close()


def test_without_a_crowd_the_oldest_go_first(fresh_urls: Urls, tenants: list[UUID]) -> None:
    house = house_of(fresh_urls)

    assert claimed(house) == Counter({tenants[0]: bell.MOST_PER_CLAIM})
    house.system.close()
