"""The embedded servers: data outlives crashes, and what stands in the way is said in one line."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from services.ops.embedded import EmbeddedError, EmbeddedServers, place, remove_data
from services.ops.embedded.account import Account
from tests.support.cluster import dsn, project_root

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has another user to run servers as")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of this test alone; pytest's own is closed to the servers' user."""
    path = Path(tempfile.mkdtemp(prefix="hehu-test-"))
    path.chmod(0o711)
    yield path
    remove_data(path / "data")
    shutil.rmtree(path)


@pytest.fixture
def data(folder: Path) -> Path:
    return folder / "data"


def write(servers: EmbeddedServers) -> None:
    with psycopg.connect(dsn(servers.superuser_url)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS promise (said text)")
        connection.execute("INSERT INTO promise VALUES ('每月家访')")
    with redis.Redis.from_url(servers.redis_url) as bell:
        bell.incr("promises")


def count(servers: EmbeddedServers) -> tuple[int, int]:
    with (
        psycopg.connect(dsn(servers.superuser_url)) as connection,
        redis.Redis.from_url(servers.redis_url) as bell,
    ):
        row = connection.execute("SELECT count(*) FROM promise").fetchone()
        assert row is not None
        return row[0], int(bell.get("promises") or 0)


@contextlib.contextmanager
def another_process(code: str, *arguments: object) -> "Iterator[subprocess.Popen[str]]":
    """A process that has printed one line when it is where the test wants it; killed in the end."""
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    with subprocess.Popen(command, cwd=project_root(), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "up\n"
            yield process
        finally:
            process.kill()


HOLDER = """
    import sys, time
    from pathlib import Path
    from services.ops.embedded import EmbeddedServers
    with EmbeddedServers(Path(sys.argv[1]), durable=False):
        print("up", flush=True)
        time.sleep(600)
"""


def test_what_was_committed_outlives_kill_9_of_both_servers_on_the_same_address(data):
    with EmbeddedServers(data) as servers:
        addresses = servers.superuser_url, servers.redis_url
        write(servers)

        for server in (servers.postgres, servers.valkey):
            server.kill()
            server.start()

        assert count(servers) == (1, 1)
        assert (servers.superuser_url, servers.redis_url) == addresses


def test_data_stays_for_the_next_start_and_nothing_runs_in_between(data):
    with EmbeddedServers(data, durable=False) as servers:
        write(servers)
        url = servers.superuser_url
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(dsn(url))

    with EmbeddedServers(data) as servers:
        assert count(servers)[0] == 1


def test_servers_that_a_killed_run_left_behind_are_ended_and_their_data_used(data):
    with another_process(HOLDER, data):
        pass

    with EmbeddedServers(data, durable=False) as servers:
        write(servers)

        assert count(servers) == (1, 1)


def test_a_throwaway_whose_owner_was_killed_is_cleared_by_the_next(folder, monkeypatch):
    code = """
        import time
        from services.ops.embedded import EmbeddedServers
        with EmbeddedServers.throwaway():
            print("up", flush=True)
            time.sleep(600)
    """
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    with another_process(code):
        (left,) = folder.iterdir()
    os.utime(left / "servers.lock", (0, 0))

    with EmbeddedServers.throwaway():
        assert not left.exists()


def test_a_second_run_on_the_same_data_says_who_holds_it(data):
    with (
        another_process(HOLDER, data) as first,
        pytest.raises(EmbeddedError, match=f"in use by process {first.pid} "),
    ):
        EmbeddedServers(data).start()


def test_a_stale_pid_file_that_names_a_living_stranger_does_not_stop_the_start(data):
    with EmbeddedServers(data, durable=False) as servers:
        write(servers)
        pid_file = servers.postgres.data / "postmaster.pid"
    account = servers.postgres.account
    pid_file.write_text(f"{os.getpid()}\n{pid_file.parent}\n1\n5432\n\n\n\n\n")
    account.give(pid_file)

    with EmbeddedServers(data, durable=False) as servers:
        assert count(servers)[0] == 1


def test_a_port_that_was_asked_for_and_is_taken_is_named(data):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(EmbeddedError, match=f"port {port} for PostgreSQL is taken by another program"):
            EmbeddedServers(data, postgres_port=port).start()
        with pytest.raises(EmbeddedError, match=f"port {port} for Valkey is taken by another program"):
            EmbeddedServers(data, valkey_port=port).start()


def test_a_port_of_last_time_that_is_taken_now_is_left_to_the_other_program(data):
    with EmbeddedServers(data, durable=False) as servers:
        port = servers.postgres.port

    with (
        socket.create_server(("127.0.0.1", port), reuse_port=False),
        EmbeddedServers(data, durable=False) as servers,
    ):
        assert servers.postgres.port != port


def test_nobody_gets_in_without_the_password(data):
    with EmbeddedServers(data, durable=False) as servers:
        wrong = dsn(servers.superuser_url).replace(servers.postgres.password, "wrong")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)
        with (
            redis.Redis(port=servers.valkey.port, retry=Retry(NoBackoff(), 0)) as bell,
            pytest.raises(redis.AuthenticationError),
        ):
            bell.ping()
        with redis.Redis.from_url(servers.redis_url) as bell:
            assert bell.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


@as_root
def test_a_path_closed_to_the_servers_user_keeps_its_data_elsewhere_and_finds_it_again(folder):
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    data = closed / ".hehu"

    with EmbeddedServers(data, durable=False) as servers:
        write(servers)
    with EmbeddedServers(data, durable=False) as servers:
        assert count(servers)[0] == 1
    elsewhere = Path((data / "servers.path").read_text().strip())
    assert elsewhere.is_dir()

    remove_data(data)

    assert not elsewhere.exists()


@as_root
def test_programs_that_the_servers_user_cannot_reach_are_copied(folder, data, monkeypatch):
    monkeypatch.setattr(place, "_ELSEWHERE", folder)
    reach = Account.can_reach
    monkeypatch.setattr(Account, "can_reach", lambda self, path: "site-packages" not in str(path) and reach(self, path))

    with EmbeddedServers(data, durable=False) as servers:
        write(servers)

        assert servers.postgres.programs.is_relative_to(folder)
        assert count(servers) == (1, 1)


@as_root
def test_an_ordinary_user_runs_them_as_themselves(folder):
    nobody = pwd.getpwnam("nobody")
    if not Account(nobody.pw_uid, nobody.pw_gid, other=True).can_reach(Path(sys.prefix)):
        pytest.skip("the wheels lie in a folder closed to others")
    (folder / "theirs").mkdir()
    os.chown(folder / "theirs", nobody.pw_uid, nobody.pw_gid)
    code = """
        import os, sys, encodings.idna, psycopg, psutil  # loaded before the way to Python's own files closes
        from pathlib import Path
        from services.ops.embedded import EmbeddedServers
        os.setgroups([]); os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[3])); os.chdir("/")
        with EmbeddedServers(Path(sys.argv[1]), durable=False) as servers:
            psycopg.connect(servers.superuser_url.replace("+psycopg", "")).close()
            owner = psutil.Process(servers.postgres.pid).uids().real
        print("up" if owner == os.getuid() else owner, flush=True)
    """

    with another_process(code, folder / "theirs" / "data", nobody.pw_gid, nobody.pw_uid) as process:
        assert process.wait() == 0


@as_root
def test_a_full_disk_is_one_line(folder):
    small = folder / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=711", "tmpfs", small], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("no disk can be mounted here")
    try:
        with pytest.raises(EmbeddedError, match="no space left on the disk: free some"):
            EmbeddedServers(small / "data").start()
    finally:
        subprocess.run(["umount", small], check=True)
