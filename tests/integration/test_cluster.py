"""The suite's own servers: every role gets in, as itself, and Redis answers."""

import psycopg
import pytest
import redis

from tests.support.cluster import ROLES, Urls, dsn


@pytest.mark.parametrize("role", ROLES)
def test_every_role_reaches_the_migrated_database_as_itself(urls: Urls, role):
    url = getattr(urls, role.removeprefix("hehu_"))

    with psycopg.connect(dsn(url)) as connection:
        row = connection.execute("SELECT current_user, current_database()").fetchone()

    assert row == (role, urls.database)


def test_a_fresh_database_is_migrated_and_apart_from_the_shared_one(urls: Urls, fresh_urls: Urls):
    with psycopg.connect(dsn(fresh_urls.superuser)) as connection:
        row = connection.execute("SELECT to_regclass('organisation') IS NOT NULL").fetchone()

    assert row == (True,)
    assert fresh_urls.database != urls.database


def test_redis_answers(urls: Urls):
    with redis.Redis.from_url(urls.redis) as bell:
        assert bell.ping()
