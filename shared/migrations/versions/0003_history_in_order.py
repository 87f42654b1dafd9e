"""What was done to a row at the same moment stands in the order of its ids, in the index too."""

from collections.abc import Sequence

from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

BY_ACTION = ["tenant_id", "subject_id", "action", "at"]


def upgrade() -> None:
    """One index for another."""
    op.create_index("ix_audit_entry_tenant_id_subject_id_action_at_id", "audit_entry", [*BY_ACTION, "id"])
    op.drop_index("ix_audit_entry_tenant_id_subject_id_action_at", "audit_entry")


def downgrade() -> None:
    """Back."""
    op.create_index("ix_audit_entry_tenant_id_subject_id_action_at", "audit_entry", BY_ACTION)
    op.drop_index("ix_audit_entry_tenant_id_subject_id_action_at_id", "audit_entry")
