"""The tables of the three databases; `deploy/DATA_INVENTORY.md` lists every column and why.

Nothing here holds an address, a time finer than an hour (but the expiry minute of officers' request
nonces, and the hour until which an unfinished upload stays; a proof of work is kept to the full
hour) or a link between a submission and its vault rows, slots or files.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table

MAIN: Final = MetaData()
VAULT: Final = MetaData()
PARTS: Final = MetaData()

feed = Table(
    "feed",
    MAIN,
    Column("sequence", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("hour", Integer, nullable=False),
    Column("rest", LargeBinary(32), nullable=False),
    Column("acknowledgement_hash", LargeBinary(32), nullable=False),
    Column("head", LargeBinary(32), nullable=False),
    Column("destruction_id", LargeBinary(32), nullable=False),
    # Where there is no report there are the other two: a tombstone (SPEC 12.5).
    Column("report", LargeBinary),
    Column("report_digest", LargeBinary(32)),
    Column("destruction_key", LargeBinary(32)),
)
Index(
    "feed_destroyed",
    feed.c.sequence,
    sqlite_where=feed.c.report.is_(None),
    postgresql_where=feed.c.report.is_(None),
)

# One row. Its lock orders all submissions over all workers.
feed_head = Table(
    "feed_head",
    MAIN,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("instance", LargeBinary(32), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("head", LargeBinary(32), nullable=False),
)

# Acknowledgements (with a retry tag) and replies (without). Key order, so that neighbours tell
# nothing about when they came.
slots = Table(
    "slots",
    MAIN,
    Column("slot_id", LargeBinary(32), primary_key=True),
    Column("retry_tag", LargeBinary(32)),
    Column("value", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

used_nonces = Table(
    "used_nonces",
    MAIN,
    Column("nonce", LargeBinary(16), primary_key=True),
    Column("expires_minute", Integer, nullable=False, index=True),
    sqlite_with_rowid=False,
)

grants = Table(
    "grants",
    MAIN,
    Column("officer_id", LargeBinary(32), primary_key=True),
    Column("digest", LargeBinary(32), primary_key=True),
    Column("value", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

# No time, no sequence, key order: nothing says which rows came with which report.
rows = Table(
    "rows",
    VAULT,
    Column("row_id", LargeBinary(32), primary_key=True),
    Column("purpose", Integer, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("value", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

_WHOLE_NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")

# Of 2 MiB each. SQLite reads a whole row for each comparison in a table WITHOUT ROWID, and numbers
# the rows of others in the order of arrival: so here the number is one that says nothing, the first
# eight bytes of the id. The short columns come first: a long value is read from its beginning.
parts = Table(
    "parts",
    PARTS,
    Column("number", _WHOLE_NUMBER, primary_key=True, autoincrement=False),
    Column("part_id", LargeBinary(32), nullable=False),
    Column("value", LargeBinary, nullable=False),
)

# Beside the parts, so that keeping one for good does not write its value anew.
pending = Table(
    "pending",
    PARTS,
    Column("number", _WHOLE_NUMBER, primary_key=True, autoincrement=False),
    Column("expires_hour", Integer, nullable=False),
)
