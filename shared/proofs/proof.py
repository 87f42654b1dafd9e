"""What a proof is, what it found, and looking at one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

MOST = 1000  # rows a proof brings back; whoever has more to mend begins with these
SHOWN = 5
# Occurrences (x) that ended lately, by the index of (tenant, state, due_at); the longest grace is sixty days.
LATELY = "x.due_at > (SELECT app_now()) - :age - interval '70 days' AND x.ended_at > (SELECT app_now()) - :age"


@dataclass(frozen=True)
class Proof:
    """`sql` returns (tenant_id, what) of each row that should not be; `says` and `to_do` are for the operator.

    A proof reads ids, states and times alone.  It takes `:since_id` and `:age` as how far back it has to look.
    `by_index`: there is an index of just these rows, which the planner, expecting many, would not use.
    """

    name: str
    says: str
    to_do: str
    sql: str
    by_index: bool = False

    @property
    def looks_back(self) -> bool:
        """Whether it finds more when it is asked about everything."""
        return any(name in self.sql for name in (":since_id", ":age", ":whole"))


@dataclass(frozen=True)
class Finding:
    """What a proof found: how many (1000: or more), and some of them as organisation/row."""

    check: str
    says: str
    to_do: str
    count: int
    some: tuple[str, ...]

    def sentence(self) -> str:
        """For a log or a terminal."""
        count = f"{self.count} or more" if self.count == MOST else str(self.count)
        return f"{self.says}: {count} ({', '.join(self.some)}{', …' if self.count > len(self.some) else ''})"


def look(session: Session, proof: Proof, given: Mapping[str, Any]) -> Finding | None:
    """Ask one proof (hehu_auditor); None where everything is as it must be."""
    session.execute(text(f"SET LOCAL enable_seqscan = {'off' if proof.by_index else 'on'}"))
    statement = text(f"SELECT concat_ws('/', tenant_id, what) FROM ({proof.sql}) AS found LIMIT {MOST}")
    found = session.execute(statement, given).scalars().all()
    if not found:
        return None
    return Finding(proof.name, proof.says, proof.to_do, len(found), tuple(found[:SHOWN]))
