"""Who did what: rows the application can add and never change."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from .database import table_of, tenant_of
from .models import AuditEntry

NEW = table_of(AuditEntry).insert()


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
    entry = {
        "tenant_id": tenant_of(session),
        "person_id": by,
        "action": action,
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "detail": detail,
        "request_id": session.info.get("request_id"),
    }
    session.flush()  # what it tells of stands before it
    session.connection().execute(NEW, entry)
