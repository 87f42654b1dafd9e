"""HTTP to addresses that others chose: never into our own network (SSRF).

A name is looked up once for each connection, every address it has must be public, and one of those is connected to:
a name that answers differently the second time (rebinding) gains nothing.  Redirects are not followed.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError
from urllib3.util.connection import create_connection

NAT64 = ipaddress.ip_network("64:ff9b::/96")
KEPT_PER_HOST = 16  # all that post at once may have the same one
KEPT_HOSTS = 200
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRefused(Exception):
    """The name leads to an address that is not public."""


class CutOff(Exception):
    """Somebody thinks that it has lasted long enough."""


@dataclass
class Watch:
    """Which connection a thread is busy with, so that another can cut it off: no time-out ends an answer that drips."""

    connection: HTTPConnection | None = None
    over: bool = False

    def cut(self) -> None:
        """End the call that is under way, and let no other begin."""
        self.over = True
        taken = self.connection.sock if self.connection else None
        with suppress(OSError):
            if taken is not None:
                taken.shutdown(socket.SHUT_RDWR)


class Watched(threading.local):
    """The watch over this thread's calls."""

    by = Watch()


WATCHED = Watched()


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet; an IPv4 address within an IPv6 one counts as itself."""
    found: IPAddress = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner or found in NAT64:
            return inner is not None and is_public(str(inner))
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def addresses(host: str, port: int, *, local: bool) -> list[str]:
    """What `host` is called on the network now.  Raises AddressRefused unless all are public (`local`: or loopback)."""
    found = list(dict.fromkeys(str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
    for one in found:
        if not (is_public(one) or (local and ipaddress.ip_address(one.partition("%")[0]).is_loopback)):
            raise AddressRefused(one)
    return found


def _guarded(*, local: bool) -> type[Any]:
    """What makes a connection of urllib3 look at the address before it connects."""

    class Guarded:
        """Connects to an address that was looked at."""

        def _new_conn(self: Any) -> socket.socket:
            try:
                found = addresses(self._dns_host, self.port, local=local)
                made = _connected(found, self.port, self.timeout, self.socket_options)
            except (OSError, UnicodeError) as away:  # the latter from a name that cannot be one
                raise NewConnectionError(self, str(away)) from away
            if WATCHED.by.over:
                made.close()
                raise CutOff
            return made

        def request(self, *given: Any, **named: Any) -> None:
            WATCHED.by.connection = self  # type: ignore[assignment]  # always beside an HTTPConnection
            super().request(*given, **named)  # type: ignore[misc]  # as above

    return Guarded


def public_http(*, local: bool) -> PoolManager:
    """A pool of kept-alive connections to public addresses; `local` lets loopback in, for tests and demos."""
    guarded = _guarded(local=local)
    pools = {"http": (HTTPConnectionPool, HTTPConnection), "https": (HTTPSConnectionPool, HTTPSConnection)}
    made = PoolManager(num_pools=KEPT_HOSTS, maxsize=KEPT_PER_HOST)
    made.pool_classes_by_scheme = {
        scheme: type("Pool", (pool,), {"ConnectionCls": type("Guarded", (guarded, connection), {})})
        for scheme, (pool, connection) in pools.items()
    }
    return made


def _connected(found: list[str], port: int, timeout: Any, options: Any) -> socket.socket:
    """To the first address that answers; one of them had to."""
    for one in found[:-1]:
        try:
            return create_connection((one, port), timeout, socket_options=options)
        except OSError:
            continue  # the next one may be the way that is open
    return create_connection((found[-1], port), timeout, socket_options=options)
