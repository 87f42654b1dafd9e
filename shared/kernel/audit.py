"""Who did what: rows the application can add and never change."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from .database import tenant_of
from .ids import new_id
from .together import Asked

NEW = """
    INSERT INTO audit_entry (tenant_id, id, person_id, action, subject_kind, subject_id, detail, request_id)
    VALUES (%(tenant_id)s, %(id)s, %(person_id)s, %(action)s, %(subject_kind)s, %(subject_id)s, %(detail)s,
            %(request_id)s)
"""


def audit(
    session: Session,
    action: str,
    *,
    by: UUID | None,
    subject_kind: str,
    subject_id: UUID | None = None,
    **detail: Any,
) -> None:
    """Write one entry in the bound organisation; `detail` holds codes and numbers, no personal data."""
    asked = entry(session, action, by=by, subject_kind=subject_kind, subject_id=subject_id, **detail)
    session.flush()  # what it tells of stands before it
    session.connection().exec_driver_sql(*asked)


def entry(
    session: Session,
    action: str,
    *,
    by: UUID | None,
    subject_kind: str,
    subject_id: UUID | None = None,
    **detail: Any,
) -> Asked:
    """The same, to be written in one round trip with reads (`together`)."""
    values = {
        "tenant_id": tenant_of(session),
        "id": new_id(),
        "person_id": by,
        "action": action,
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "detail": Jsonb(detail),
        "request_id": session.info.get("request_id"),
    }
    return Asked(NEW, values)
