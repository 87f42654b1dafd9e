"""One ring, as the bell does it."""

from dramatiq.brokers.redis import RedisBroker

from services.worker.bell import line, ring
from shared.bootstrap import House


def ring_once(house: House, broker: RedisBroker, queue: str) -> int:
    """Ring what is due on a queue; how many reactions that were."""
    with line(house) as connection:
        return ring(house, connection, broker, queue)
