"""Views of the desk face; every one but the nonce admits an officer first."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from flask import Response

from crypto.errors import SealedIntakeError, SignatureError
from crypto.signing.verify import verify_labelled
from crypto.wire.envelope import Purpose, parse_envelope
from crypto.wire.feed import encode_feed_page
from crypto.wire.files import PART_ID_BYTES
from crypto.wire.grant import GRANT_BYTES, GRANT_LABEL, parse_grant
from crypto.wire.roles import CUSTODIANS, HANDLERS, Role
from crypto.wire.slots import SLOT_ID_BYTES, SLOT_VALUE_BYTES
from intake.server.bodies import BINARY, read_body, read_number, read_records, refuse_body
from intake.server.face import Resources, state_of
from intake.server.problems import ProblemError, malformed, not_found
from intake.server.signed_requests import Reception
from intake.server.store.database import Database
from intake.server.store.feed import destroy_report, page_of_destroyed, page_of_feed
from intake.server.store.grants import (
    grants_of,
    keep_grant,
    withdraw_grants,
    withdraw_grants_of_unlisted,
)
from intake.server.store.parts import REMOVED_AT_ONCE, read_part, remove_parts
from intake.server.store.slots import Slot, fill_slot_once

ALL_ROLES: Final = frozenset(Role)
FEED_ROLES: Final = frozenset({Role.TRIAGE, Role.OVERSIGHT})
REPLYING_ROLES: Final = FEED_ROLES | CUSTODIANS | HANDLERS | {Role.REWARD, Role.INDEPENDENT_REWARD}
LARGEST_SEQUENCE: Final = 2**63 - 1
LARGEST_VERSION: Final = 2**32 - 1
DEFAULT_FEED_ITEMS: Final = 100
MAX_FEED_ITEMS: Final = 500
MAX_DESTROYED: Final = 5000
MAX_DESTROYED_PARTS: Final = 512
SEQUENCE_BYTES: Final = 8
DESTRUCTION_KEY_BYTES: Final = 32
OFFICER_ID_BYTES: Final = 32
GRANT_DIGEST_BYTES: Final = 32
_NOTE_TYPE: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class DeskState:
    """What the desk views work with."""

    resources: Resources
    parts: Database
    reception: Reception


def give_nonce() -> Response:
    """A fresh nonce."""
    return state_of(DeskState).reception.hand_out()


def serve_feed() -> Response:
    """Items after a sequence number, oldest first (SPEC 12.2)."""
    state = state_of(DeskState)
    refuse_body()
    state.reception.admit(FEED_ROLES)
    after = read_number("after", 0, LARGEST_SEQUENCE)
    count = read_number("limit", DEFAULT_FEED_ITEMS, MAX_FEED_ITEMS)
    with state.resources.main.read() as connection:
        items = page_of_feed(connection, after, count)
    return Response(encode_feed_page(items), mimetype=BINARY)


def destroy() -> Response:
    """Leave a tombstone where a report lies, for who shows its destruction key (SPEC 12.5)."""
    state = state_of(DeskState)
    body = read_body(SEQUENCE_BYTES + DESTRUCTION_KEY_BYTES)
    state.reception.admit(FEED_ROLES, body)
    sequence = min(int.from_bytes(body[:SEQUENCE_BYTES]), LARGEST_SEQUENCE)
    with state.resources.main.write() as connection:
        if not destroy_report(connection, sequence, body[SEQUENCE_BYTES:]):
            raise not_found()
    return Response(status=HTTPStatus.NO_CONTENT)


def serve_destroyed() -> Response:
    """What was destroyed, with the keys that allowed it, for consoles that hold copies."""
    state = state_of(DeskState)
    refuse_body()
    state.reception.admit(FEED_ROLES)
    after = read_number("after", 0, LARGEST_SEQUENCE)
    count = read_number("limit", MAX_DESTROYED, MAX_DESTROYED)
    with state.resources.main.read() as connection:
        return Response(page_of_destroyed(connection, after, count), mimetype=BINARY)


def serve_officers() -> Response:
    """The officers note of one key set (SPEC 13.5); earlier ones for those who walk the chain."""
    state = state_of(DeskState)
    refuse_body()
    state.reception.admit(ALL_ROLES)
    key_sets = state.resources.key_sets
    version = read_number("version", key_sets.newest().key_set.version, LARGEST_VERSION)
    installed = key_sets.find(version)
    if installed is None or not installed.officers_note:
        raise not_found()
    return Response(installed.officers_note, content_type=_NOTE_TYPE)


def write_slot() -> Response:
    """Write a reply into its slot, once (SPEC 11.5)."""
    state = state_of(DeskState)
    body = read_body(SLOT_ID_BYTES + SLOT_VALUE_BYTES)
    state.reception.admit(REPLYING_ROLES, body)
    slot_id, value = body[:SLOT_ID_BYTES], body[SLOT_ID_BYTES:]
    try:
        envelope = parse_envelope(value, Purpose.REPLY)
    except SealedIntakeError as error:
        raise malformed(error) from None
    if envelope.place != slot_id:
        title = "The envelope belongs into another slot."
        raise ProblemError(HTTPStatus.BAD_REQUEST, "wrong-place", title)
    with state.resources.main.write() as connection:
        fill_slot_once(connection, Slot(slot_id, None, value))
    return Response(status=HTTPStatus.NO_CONTENT)


def write_grant() -> Response:
    """Leave a grant for another officer (SPEC 15.1)."""
    state = state_of(DeskState)
    body = read_body(GRANT_BYTES)
    granter = state.reception.admit(ALL_ROLES, body)
    newest = state.resources.key_sets.newest()
    try:
        grant = parse_grant(body)
        receiver = parse_envelope(grant.envelope, Purpose.GRANT).place
        if grant.granter != granter.officer_id:
            raise SignatureError("SPEC 15.1: signed by another officer")
        verify_labelled(
            granter.verification_key,
            GRANT_LABEL,
            newest.key_set.instance_id,
            grant.signed,
            grant.signature,
        )
    except SealedIntakeError as error:
        raise malformed(error) from None
    if receiver not in newest.officers:
        title = "The grant is for nobody whom the key set lists."
        raise ProblemError(HTTPStatus.BAD_REQUEST, "unknown-officer", title)
    with state.resources.main.write() as connection:
        keep_grant(connection, receiver, body)
    return Response(status=HTTPStatus.NO_CONTENT)


def serve_grants() -> Response:
    """The grants for the officer who asks, one after the other."""
    state = state_of(DeskState)
    refuse_body()
    officer = state.reception.admit(ALL_ROLES)
    with state.resources.main.read() as connection:
        found = grants_of(connection, officer.officer_id)
    return Response(b"".join(found), mimetype=BINARY)


def withdraw() -> Response:
    """Delete grants: own ones, ones that the signer gave, or those of people no longer listed.

    What the signer may not withdraw is left where it is, and nobody learns whether it was there.
    """
    state = state_of(DeskState)
    body = read_body(OFFICER_ID_BYTES + GRANT_DIGEST_BYTES)
    officer = state.reception.admit(ALL_ROLES, body)
    receiver, digest = body[:OFFICER_ID_BYTES], body[OFFICER_ID_BYTES:]
    listed = state.resources.key_sets.newest().officers
    may_all = receiver == officer.officer_id or receiver not in listed
    granter = None if may_all else officer.officer_id
    with state.resources.main.write() as connection:
        if not any(receiver):
            withdraw_grants_of_unlisted(connection, frozenset(listed))
        else:
            withdraw_grants(connection, receiver, digest if any(digest) else None, granter)
    return Response(status=HTTPStatus.NO_CONTENT)


def serve_part() -> Response:
    """A part of a sealed file (SPEC 17.4)."""
    state = state_of(DeskState)
    part_id = read_body(PART_ID_BYTES)
    state.reception.admit(FEED_ROLES, part_id)
    with state.parts.read() as connection:
        value = read_part(connection, part_id)
    if value is None:
        raise not_found()
    return Response(value, mimetype=BINARY)


def destroy_parts() -> Response:
    """Remove parts for good; those that are gone already are no fault."""
    state = state_of(DeskState)
    body = read_records(PART_ID_BYTES, MAX_DESTROYED_PARTS)
    state.reception.admit(FEED_ROLES, b"".join(body))
    for start in range(0, len(body), REMOVED_AT_ONCE):
        with state.parts.write() as connection:
            remove_parts(connection, body[start : start + REMOVED_AT_ONCE])
    return Response(status=HTTPStatus.NO_CONTENT)
