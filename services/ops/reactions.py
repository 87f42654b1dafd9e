"""`hehu reactions`: what failed for good in any organisation, and doing it again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

import click
from sqlalchemy import text

from shared.bootstrap import House, build
from shared.kernel.audit import audit
from shared.kernel.clock import CHINA
from shared.kernel.reactions import replay as reopen
from shared.kernel.settings import Settings

NEED = ("database_url", "system_database_url", "field_keys")
LONGEST_ERROR = 200  # characters on a terminal; --json has all that is kept
PARKED = text(
    """
    SELECT r.id, r.tenant_id, o.slug AS organisation, r.reactor, e.name AS event, e.occurred_at AS since,
           r.attempts, coalesce(r.last_error, '') AS last_error
      FROM reaction r
      JOIN event e ON e.tenant_id = r.tenant_id AND e.id = r.event_id
      JOIN organisation o ON o.id = r.tenant_id
     WHERE r.state = 'parked'
     ORDER BY r.created_at, r.id
    """
)


@dataclass(frozen=True)
class Parked:
    """A reaction that failed for good; `since` is when its event happened."""

    id: UUID
    tenant_id: UUID
    organisation: str
    reactor: str
    event: str
    since: datetime
    attempts: int
    last_error: str


@click.group()
def reactions() -> None:
    """What failed for good, and again."""


@reactions.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document and nothing else.")
def parked(as_json: bool) -> None:
    """List what failed for good, in all organisations, the oldest first."""
    with _house() as house:
        found = parked_of(house)
    if as_json:
        click.echo(json.dumps([_as_json(one) for one in found], ensure_ascii=False, indent=2))
        return
    for one in found:
        click.echo(_line(one))
    click.echo(f"{len(found)} parked" if found else "nothing is parked", err=True)


@reactions.command()
@click.argument("ids", nargs=-1, required=True, type=click.UUID, metavar="ID…")
def replay(ids: Sequence[UUID]) -> None:
    """Do parked reactions again; all of them, or, where one is not parked, none."""
    with _house() as house:
        found = {one.id: one for one in parked_of(house)}
        if unknown := [str(one) for one in ids if one not in found]:
            raise click.UsageError(f"not parked: {', '.join(unknown)}; see hehu reactions parked. Nothing was replayed")
        done = sum(_replayed(house, found[one]) for one in dict.fromkeys(ids))
    click.echo(f"{done} open again; the bell rings for them as soon as hehu clock runs")


def parked_of(house: House) -> list[Parked]:
    """Everything that is parked (as hehu_system, who alone sees all organisations)."""
    with house.system.transaction(None) as session:
        return [Parked(**row) for row in session.execute(PARKED).mappings()]


def _replayed(house: House, one: Parked) -> bool:
    """Open it again and say so in its organisation's audit log, where only hehu_app can write."""
    with house.app.transaction(one.tenant_id) as session:
        opened = reopen(session, one.tenant_id, one.id)
        if opened:
            audit(session, "reaction.replay", by=None, subject_kind="reaction", subject_id=one.id, way="command line")
    return opened


@contextmanager
def _house() -> Iterator[House]:
    house = build(Settings.from_env(need=NEED))
    try:
        yield house
    finally:
        house.app.close()
        house.system.close()


def _as_json(one: Parked) -> dict[str, object]:
    told = {name: value for name, value in asdict(one).items() if name != "tenant_id"}
    return told | {"id": str(one.id), "since": one.since.astimezone(CHINA).isoformat()}


def _line(one: Parked) -> str:
    since = one.since.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
    error = " ".join(one.last_error.split())[:LONGEST_ERROR]
    return f"{one.id}  {one.organisation}  {one.event} → {one.reactor}  {since}  {one.attempts} attempts  {error}"
