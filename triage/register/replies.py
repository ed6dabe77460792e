"""Answers of this officer: sealed and written down here before a byte is sent.

    waiting --the server has it--> sent
    waiting --another officer filled its slot--> waiting, sealed anew for the next slot

A slot that another officer filled is remembered, so that it is not tried again. The *opened* notice
has one place, slot 0; where another officer filled that, the reporter has been told.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from crypto.custody.desk_replies import Addressee
from crypto.wire.contents import DocumentKind
from crypto.wire.reply import ReplyKind
from crypto.wire.roles import Role
from crypto.wire.strict_json import JsonObject, encode_json, parse_json_object
from triage.cases.report import SentReply
from triage.errors import NoSuchThingError
from triage.register.database import Database, Row
from triage.register.store import MAX_CONTENT_BYTES

_FIELDS = "id, case_ref, role, i, kind, content, slot, envelope"


class ReplyState(StrEnum):
    """Where an answer is."""

    WAITING = "waiting"
    SENT = "sent"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class Correspondent:
    """A reporter as the desk can answer them.

    Attributes:
        newest_read: the newest submission that an officer read here, 0 at least.
        wants_notices: false where the reporter declined acknowledgements.
        about_staff: what the report says.
    """

    case_ref: bytes = field(repr=False)
    addressee: Addressee
    newest_read: int
    wants_notices: bool
    about_staff: bool


@dataclass(frozen=True, slots=True)
class WaitingReply:
    """A sealed answer that the server may or may not have.

    Attributes:
        number: of the row here.
        i: of the slot that it is sealed for.
    """

    number: int
    case_ref: bytes = field(repr=False)
    role: Role
    i: int
    kind: ReplyKind
    content: JsonObject = field(repr=False)
    slot: bytes
    envelope: bytes = field(repr=False)


class Replies:
    """The table of answers."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def correspondent(self, case_ref: bytes) -> Correspondent | None:
        """Whom an answer goes to; None where no document of the case is known."""
        first = self.database.row(
            "SELECT slot_key, reply_key FROM documents WHERE case_ref = ?"
            " ORDER BY duplicate, n, sequence LIMIT 1",
            (case_ref,),
        )
        read = self.database.row(
            "SELECT coalesce(max(d.n), 0), max(c.about_staff) FROM cases c LEFT JOIN documents d"
            " ON d.case_ref = c.case_ref AND d.sequence <= c.read_sequence AND d.duplicate = 0"
            " WHERE c.case_ref = ?",
            (case_ref,),
        )
        if first is None or read is None:
            return None
        addressee = Addressee(bytes(first[0]), bytes(first[1]))
        wants = self._wants_notices(case_ref)
        return Correspondent(case_ref, addressee, read[0], wants, bool(read[1]))

    def _wants_notices(self, case_ref: bytes) -> bool:
        wish = self.database.row(
            "SELECT content FROM documents WHERE case_ref = ? AND kind = ? AND duplicate = 0"
            " ORDER BY n DESC LIMIT 1",
            (case_ref, DocumentKind.PREFERENCE),
        )
        if wish is None:
            return True
        content = parse_json_object(bytes(wish[0]), max_bytes=MAX_CONTENT_BYTES)
        return content.get("acknowledgements") is not False

    def has_opened_notice(self, case_ref: bytes) -> bool:
        """Whether the reporter was told, or will be, that the report was opened."""
        query = "SELECT 1 FROM replies WHERE case_ref = ? AND kind = ? LIMIT 1"
        return self.database.row(query, (case_ref, ReplyKind.OPENED)) is not None

    def next_slot(self, case_ref: bytes, role: Role) -> int:
        """The first number of which nobody here knows that it is filled, or meant to be."""
        row = self.database.row(
            "SELECT coalesce(max(i) + 1, 0) FROM replies WHERE case_ref = ? AND role = ?",
            (case_ref, role),
        )
        return int(row[0]) if row else 0

    def add(self, reply: WaitingReply) -> int:
        """Write an answer down; its number here."""
        self.database.execute(
            "INSERT INTO replies (case_ref, role, i, kind, content, slot, envelope, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                reply.case_ref,
                reply.role,
                reply.i,
                reply.kind,
                encode_json(reply.content),
                reply.slot,
                reply.envelope,
                ReplyState.WAITING,
            ),
        )
        row = self.database.row("SELECT last_insert_rowid()")
        return int(row[0]) if row else 0

    def move(self, reply: WaitingReply) -> None:
        """Have it sealed for another slot, because somebody filled the one before."""
        with self.database.transaction():
            self.database.execute(
                "INSERT INTO replies (case_ref, role, i, kind, content, slot, envelope, state)"
                " SELECT case_ref, role, i, 0, x'', slot, x'', ? FROM replies WHERE id = ?",
                (ReplyState.TAKEN, reply.number),
            )
            self.database.execute(
                "UPDATE replies SET i = ?, slot = ?, envelope = ? WHERE id = ?",
                (reply.i, reply.slot, reply.envelope, reply.number),
            )

    def settle(self, number: int, state: ReplyState) -> None:
        """The server has an answer, or another officer gave it; its envelope is not needed."""
        self.database.execute(
            "UPDATE replies SET state = ?, envelope = x'' WHERE id = ?", (state, number)
        )

    def waiting(self, case_ref: bytes | None = None) -> tuple[WaitingReply, ...]:
        """What the server may not have yet, oldest first."""
        which = "" if case_ref is None else " AND case_ref = ?"
        rows = self.database.rows(
            f"SELECT {_FIELDS} FROM replies WHERE state = ?{which} ORDER BY id",  # noqa: S608 - constants only
            (ReplyState.WAITING, *(() if case_ref is None else (case_ref,))),
        )
        return tuple(map(_waiting, rows))

    def of_case(self, case_ref: bytes) -> tuple[SentReply, ...]:
        """Every answer of this officer, oldest first."""
        rows = self.database.rows(
            "SELECT i, kind, content, state FROM replies WHERE case_ref = ? AND kind > 0"
            " ORDER BY id",
            (case_ref,),
        )
        return tuple(map(_sent, rows))

    def one(self, number: int) -> SentReply:
        """One answer by its number here.

        Raises:
            NoSuchThingError: there is none.
        """
        row = self.database.row(
            "SELECT i, kind, content, state FROM replies WHERE id = ?", (number,)
        )
        if row is None:
            raise NoSuchThingError("no such answer")
        return _sent(row)

    def answers_of_others(self, case_ref: bytes) -> int:
        """How many slots of the case are known to hold answers of other officers."""
        row = self.database.row(
            "SELECT count(*) FROM replies WHERE case_ref = ? AND kind = 0", (case_ref,)
        )
        return int(row[0]) if row else 0


def _sent(row: Row) -> SentReply:
    i, kind, content, state = row
    return SentReply(
        number=i,
        kind=ReplyKind(kind).name.lower().replace("_", "-"),
        content=parse_json_object(bytes(content), max_bytes=MAX_CONTENT_BYTES),
        is_sent=state != ReplyState.WAITING,
    )


def _waiting(row: Row) -> WaitingReply:
    number, case_ref, role, i, kind, content, slot, envelope = row
    return WaitingReply(
        number,
        bytes(case_ref),
        Role(role),
        i,
        ReplyKind(kind),
        parse_json_object(bytes(content), max_bytes=MAX_CONTENT_BYTES),
        bytes(slot),
        bytes(envelope),
    )
