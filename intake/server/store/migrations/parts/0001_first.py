"""Parts of sealed files, and until when those stay that no report has claimed."""

import sqlalchemy as sa
from alembic import op

revision = "parts0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the first tables."""
    whole_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "parts",
        sa.Column("number", whole_number, primary_key=True, autoincrement=False),
        sa.Column("part_id", sa.LargeBinary(32), nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "pending",
        sa.Column("number", whole_number, primary_key=True, autoincrement=False),
        sa.Column("expires_hour", sa.Integer, nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        # Sealed bytes don't get shorter.
        op.execute("ALTER TABLE parts ALTER COLUMN value SET STORAGE EXTERNAL")


def downgrade() -> None:
    """Refuse: what these tables hold was acknowledged."""
    raise NotImplementedError("the first tables hold acknowledged files; restore a copy instead")
