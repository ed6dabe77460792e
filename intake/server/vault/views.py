"""Views of the vault face: rows in key order, never one that the reader chose."""

from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from flask import Response, request

from crypto.errors import MalformedTextError
from crypto.wire.codec import decode_base64url
from crypto.wire.envelope import Purpose
from crypto.wire.roles import CUSTODIANS, HANDLERS, Role
from crypto.wire.submission import ROW_ID_BYTES
from intake.server.bodies import BINARY, read_number, refuse_body
from intake.server.face import Resources, state_of
from intake.server.problems import ProblemError
from intake.server.signed_requests import Reception
from intake.server.store.database import Database
from intake.server.store.vault_rows import BEFORE_ALL, page_of_digests, page_of_rows

REWARD_ROLES: Final = frozenset({Role.REWARD, Role.INDEPENDENT_REWARD})
READERS: Final = MappingProxyType(
    {
        # The lock is the custodian's, the part behind it the handler's.
        Purpose.IDENTITY: CUSTODIANS | HANDLERS,
        Purpose.PROTECTION: HANDLERS,
        Purpose.REWARD: REWARD_ROLES,
    }
)
DIGEST_ROLES: Final = (
    CUSTODIANS | HANDLERS | REWARD_ROLES | frozenset({Role.TRIAGE, Role.OVERSIGHT})
)
DEFAULT_ROWS: Final = 100
MAX_ROWS: Final = 500
DEFAULT_DIGESTS: Final = 1000
MAX_DIGESTS: Final = 5000


@dataclass(frozen=True, slots=True)
class VaultState:
    """What the vault views work with."""

    resources: Resources
    vault: Database
    reception: Reception


def give_nonce() -> Response:
    """A fresh nonce."""
    return state_of(VaultState).reception.hand_out()


def serve_digests() -> Response:
    """Row ids and digests of all rows, so that missing siblings are noticed (SPEC 10.4)."""
    state = state_of(VaultState)
    refuse_body()
    state.reception.admit(DIGEST_ROLES)
    count = read_number("limit", DEFAULT_DIGESTS, MAX_DIGESTS)
    after = _after()
    with state.vault.read() as connection:
        return Response(page_of_digests(connection, after, count), mimetype=BINARY)


def serve_rows() -> Response:
    """Rows of one purpose in key order."""
    state = state_of(VaultState)
    refuse_body()
    number = read_number("purpose", 0, int(Purpose.REWARD))
    if number not in READERS:
        raise _query("purpose")
    purpose = Purpose(number)
    state.reception.admit(READERS[purpose])
    count = read_number("limit", DEFAULT_ROWS, MAX_ROWS)
    after = _after()
    with state.vault.read() as connection:
        return Response(page_of_rows(connection, purpose, after, count), mimetype=BINARY)


def _after() -> bytes:
    text = request.args.get("after", "")
    if not text:
        return BEFORE_ALL
    try:
        row_id = decode_base64url(text)
    except MalformedTextError:
        raise _query("after") from None
    if len(row_id) != ROW_ID_BYTES:
        raise _query("after")
    return row_id


def _query(parameter: str) -> ProblemError:
    return ProblemError(
        HTTPStatus.BAD_REQUEST,
        "query",
        "A parameter of the query is out of range.",
        members={"parameter": parameter},
    )
