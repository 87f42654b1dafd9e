"""Settings in, everything built out; nothing connects here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from shared import subscriptions, tables
from shared.kernel.crypto import FieldCrypto
from shared.kernel.database import Database
from shared.kernel.reactions import Reactor
from shared.kernel.settings import Settings
from shared.notifications.gateways.webhook import WebhookGateway

POOL = 8  # a worker's eight threads, four with a short transaction inside another each; a clock's bells and its sweeper


@dataclass(frozen=True)
class House:
    """What a process works with.  Databases connect at first use, each as its own role."""

    settings: Settings
    info: Mapping[str, Any]
    reactors: Mapping[str, Reactor]

    @cached_property
    def app(self) -> Database:
        """As hehu_app: one organisation at a time."""
        return self._database(self.settings.database_url)

    @cached_property
    def system(self) -> Database:
        """As hehu_system: bell, sweeper and copied messages only."""
        return self._database(self.settings.system_database_url)

    @cached_property
    def rollup(self) -> Database:
        """As hehu_rollup: identity and sums only."""
        return self._database(self.settings.rollup_database_url)

    def _database(self, url: str) -> Database:
        return Database(url, info=self.info, pool_size=POOL, prepared=self.settings.prepared_statements)


def build(settings: Settings) -> House:
    """The house of this process.  Raises ValueError where the field keys are wrong."""
    assert tables.METADATA.tables  # every room's tables are known from here on
    info: dict[str, Any] = {
        "subscriptions": subscriptions.by_event_name(),
        "crypto": FieldCrypto.from_text(settings.field_keys),
        "settings": settings,
        "webhooks": WebhookGateway(local=settings.webhook_local),
    }
    house = House(settings=settings, info=info, reactors=subscriptions.by_name())
    if settings.database_url:
        info["app"] = house.app  # for a gateway's call, which needs short transactions of its own
    if settings.rollup_database_url:
        info["rollup"] = house.rollup  # only worker processes are given this role
    return house
