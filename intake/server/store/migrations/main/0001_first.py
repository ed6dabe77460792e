"""Feed, feed head, slots, used nonces, grants."""

import sqlalchemy as sa
from alembic import op

revision = "main0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the first tables."""
    op.create_table(
        "feed",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("hour", sa.Integer, nullable=False),
        sa.Column("rest", sa.LargeBinary(32), nullable=False),
        sa.Column("acknowledgement_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("head", sa.LargeBinary(32), nullable=False),
        sa.Column("destruction_id", sa.LargeBinary(32), nullable=False),
        sa.Column("report", sa.LargeBinary),
        sa.Column("report_digest", sa.LargeBinary(32)),
        sa.Column("destruction_key", sa.LargeBinary(32)),
    )
    op.create_index(
        "feed_destroyed",
        "feed",
        ["sequence"],
        sqlite_where=sa.text("report IS NULL"),
        postgresql_where=sa.text("report IS NULL"),
    )
    op.create_table(
        "feed_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("instance", sa.LargeBinary(32), nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("head", sa.LargeBinary(32), nullable=False),
    )
    op.create_table(
        "slots",
        sa.Column("slot_id", sa.LargeBinary(32), primary_key=True),
        sa.Column("retry_tag", sa.LargeBinary(32)),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "used_nonces",
        sa.Column("nonce", sa.LargeBinary(16), primary_key=True),
        sa.Column("expires_minute", sa.Integer, nullable=False, index=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "grants",
        sa.Column("officer_id", sa.LargeBinary(32), primary_key=True),
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Refuse: what these tables hold was acknowledged."""
    raise NotImplementedError("the first tables hold acknowledged reports; restore a copy instead")
