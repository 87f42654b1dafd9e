"""What was done to a row, by action: the page of a child that many have opened finds its changes at once."""

from collections.abc import Sequence

from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

OF_A_SUBJECT = ["tenant_id", "subject_id"]


def upgrade() -> None:
    """One index for another; who asks for all of a subject finds it by either."""
    op.create_index("ix_audit_entry_tenant_id_subject_id_action_at", "audit_entry", [*OF_A_SUBJECT, "action", "at"])
    op.drop_index("ix_audit_entry_tenant_id_subject_id_at", "audit_entry")


def downgrade() -> None:
    """Back."""
    op.create_index("ix_audit_entry_tenant_id_subject_id_at", "audit_entry", [*OF_A_SUBJECT, "at"])
    op.drop_index("ix_audit_entry_tenant_id_subject_id_action_at", "audit_entry")
