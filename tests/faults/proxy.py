"""A TCP proxy before PostgreSQL that cuts a connection right after COMMIT went through it.

The commit may have taken place: who waits for its answer cannot know.
"""

import socket
import threading
from contextlib import suppress
from typing import Self

COMMIT = b"COMMIT\0"  # as libpq sends it, a simple query
MOST_BYTES = 65536


class Proxy:
    """On a port of its own until the end of the block; cuts the first commit after each `marked` statement."""

    def __init__(self, target_port: int, *, marked: bytes) -> None:
        self.target, self.marked, self.cuts = ("127.0.0.1", target_port), marked, 0
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.door.getsockname()[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._open, daemon=True).start()
        return self

    def __exit__(self, *_failed: object) -> None:
        self.door.shutdown(socket.SHUT_RDWR)
        self.door.close()

    def _open(self) -> None:
        with suppress(OSError):
            while True:
                client, _address = self.door.accept()
                server = socket.create_connection(self.target)
                threading.Thread(target=self._ask, args=(client, server), daemon=True).start()
                threading.Thread(target=self._answer, args=(server, client), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        is_marked = False
        with server, suppress(OSError):
            while data := client.recv(MOST_BYTES):
                is_marked = is_marked or self.marked in data
                if cut := is_marked and COMMIT in data:
                    client.shutdown(socket.SHUT_RDWR)  # first: the answer must not come before the cut
                    self.cuts += 1
                server.sendall(data)
                if cut:
                    break
            server.shutdown(socket.SHUT_WR)

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        with client, suppress(OSError):
            while data := server.recv(MOST_BYTES):
                client.sendall(data)
            client.shutdown(socket.SHUT_RDWR)
