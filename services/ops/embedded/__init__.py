"""A real PostgreSQL and a real Valkey from Python wheels, for the demo, the tests and the benchmarks.

with EmbeddedServers(Path(".hehu")) as servers:
    servers.superuser_url, servers.redis_url
    servers.postgres.kill(); servers.postgres.start()   # what the fault tests do
"""

from services.ops.embedded.errors import EmbeddedError
from services.ops.embedded.servers import EmbeddedServers, data_lock, remove_data

__all__ = ["EmbeddedError", "EmbeddedServers", "data_lock", "remove_data"]
