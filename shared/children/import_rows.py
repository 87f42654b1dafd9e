"""A roster's row while it waits for its confirmation: what is sealed of it, and what may stand open."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from shared.kernel.crypto import FieldCrypto

from .facts import CODES, Fact, masked, masked_id
from .matching import Known
from .roster import Finding, Row, Value

PLACE = "roster_row.sealed"
_DAY = "birth_date"


@dataclass(frozen=True)
class Sealed:
    """What is encrypted: the facts, what changes (field, from, to; numbers masked), and a wrong row's cells.

    `shown` are the masked values of the findings, in their order.
    """

    facts: Mapping[str, Fact]
    changes: Sequence[tuple[str, Fact, Fact]] = ()
    cells: Mapping[str, Value] = field(default_factory=dict)
    shown: Sequence[str | None] = ()


def seal(session: Session, row_id: UUID, sealed: Sealed) -> bytes:
    """Encrypted for this row alone."""
    crypto: FieldCrypto = session.info["crypto"]
    told = {"facts": sealed.facts, "changes": sealed.changes, "cells": sealed.cells, "shown": sealed.shown}
    return crypto.encrypt(json.dumps(told, ensure_ascii=False, default=_plain), place=PLACE, row=row_id)


def unseal(session: Session, row_id: UUID, stored: bytes | None) -> Sealed:
    """The row again; an empty one where nothing was sealed."""
    if stored is None:
        return Sealed({})
    crypto: FieldCrypto = session.info["crypto"]
    told: dict[str, Any] = json.loads(crypto.decrypt(stored, place=PLACE, row=row_id))
    facts = told["facts"]
    if facts.get(_DAY):
        facts[_DAY] = date.fromisoformat(facts[_DAY])
    changes = [(name, before, after) for name, before, after in told["changes"]]
    return Sealed(facts, changes, told["cells"], told["shown"])


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} cannot be sealed")


def from_to(
    names: Sequence[str], facts: Mapping[str, Fact], known: Known, old_number: str
) -> list[tuple[str, Fact, Fact]]:
    """What would change, for the eye: field, what stands on our list, what the file says; numbers are masked."""
    told: list[tuple[str, Fact, Fact]] = []
    for name in names:
        if name == "id_no":
            told.append((name, masked_id(old_number) if old_number else None, masked_id(str(facts[name]))))
        elif name == "status":
            told.append((name, "exited", "active"))
        else:
            told.append((name, _said(known.facts.get(name)), _said(facts[name])))
    return told


def _said(value: Fact) -> Fact:
    return value.isoformat() if isinstance(value, date) else value


def open_finding(finding: Finding) -> dict[str, Any]:
    """Where and what: no value of a cell."""
    return {
        "column": finding.column,
        "field": finding.field,
        "header": finding.header.replace("\n", ""),
        "code": finding.code,
        "hint": finding.hint,
        "severity": str(finding.severity),
    }


def shown_value(row: Row, finding: Finding) -> str | None:
    """What stands in the cell, masked; coded words and dates are said as they are."""
    value = row.values.get(finding.field) if finding.value is None else finding.value
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    return masked_id(text) if finding.field == "id_no" else text if finding.field in CODES else masked(text)
