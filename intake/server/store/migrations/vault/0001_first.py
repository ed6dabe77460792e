"""Vault rows."""

import sqlalchemy as sa
from alembic import op

revision = "vault0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the first table."""
    op.create_table(
        "rows",
        sa.Column("row_id", sa.LargeBinary(32), primary_key=True),
        sa.Column("purpose", sa.Integer, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Refuse: what this table holds was acknowledged."""
    raise NotImplementedError("the first table holds acknowledged reports; restore a copy instead")
