"""From parsed notes to trusted ones: the only maker of `KeySet`. Source: SPEC §12.4, §13.6–13.8.

Legal successions: (v, h) → (v, h) again; (v, h) → (v + 1, previous = h). Everything else is a
rollback or a fork. A version further ahead is reached through those between.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from crypto.errors import (
    KeySetExpiredError,
    KeySetForkError,
    KeySetNotYetValidError,
    KeySetRollbackError,
    KeySetUntrustedError,
    MalformedAcknowledgementError,
    MalformedError,
    SignatureError,
)
from crypto.signing.verify import verify_labelled, verify_note
from crypto.wire.acknowledgement import Acknowledgement, parse_acknowledgement_text
from crypto.wire.certificates import (
    Certificate,
    parse_acknowledgement_certificate,
    parse_directory_certificate,
)
from crypto.wire.instance import authority_id, instance_id
from crypto.wire.instants import instant_of_minute
from crypto.wire.key_set import KeySet, UnverifiedKeySet, key_set_hash
from crypto.wire.officers import OfficersNote, officers_hash
from crypto.wire.offline_page import OfflinePageNote
from crypto.wire.roles import CUSTODIANS, HANDLERS
from crypto.wire.signed_note import DIRECTORY_NAME, ROOT_NAME

ACKNOWLEDGEMENT_LABEL = "sign/acknowledgement"


@dataclass(frozen=True, slots=True)
class VerifiedAcknowledgement:
    """An acknowledgement that the pinned root vouches for, and by which service."""

    acknowledgement: Acknowledgement
    origin: str
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class KeySetMemory:
    """What someone who may remember keeps of the chain.

    Attributes:
        version: of the last key set accepted.
        hash: of that key set.
        custodians: verification keys ever listed as custodian (roles 3 and 6).
        handlers: verification keys ever listed with protection (roles 4 and 7).
    """

    version: int
    hash: bytes
    custodians: frozenset[bytes] = frozenset()
    handlers: frozenset[bytes] = frozenset()


def _check_period(start: datetime, end: datetime, now: datetime) -> None:
    if now >= end:
        hours = int((now - end).total_seconds()) // 3600
        raise KeySetExpiredError(f"SPEC 13.6: expired {hours} hours ago")
    if now < start:
        hours = int((start - now).total_seconds()) // 3600
        raise KeySetNotYetValidError(f"SPEC 13.6: valid in {hours} hours")


def _verify_certificate(certificate: Certificate, root_key: bytes, authority: bytes) -> None:
    verify_note(certificate.note, ROOT_NAME, root_key)
    if certificate.authority != authority:
        raise KeySetUntrustedError("SPEC 13.6: another authority")


def verify_key_set(
    unverified: UnverifiedKeySet, root_key: bytes, *, now: datetime | None
) -> KeySet:
    """Verify a key set against the pinned root.

    Args:
        unverified: parsed.
        root_key: the pinned root verification key, 32 bytes.
        now: an aware instant; None only for versions between two (SPEC §13.7), whose time is over.

    Raises:
        SignatureError, KeySetUntrustedError: not signed for this root and authority.
        KeySetExpiredError, KeySetNotYetValidError: `now` lies outside its time.
    """
    authority = authority_id(root_key)
    certificate, body = unverified.certificate, unverified.body
    _verify_certificate(certificate, root_key, authority)
    verify_note(unverified.note, DIRECTORY_NAME, certificate.verification_key)
    for key_certificate in unverified.acknowledgement_keys:
        verify_note(key_certificate.note, DIRECTORY_NAME, certificate.verification_key)
    if {unverified.authority, *(c.authority for c in unverified.acknowledgement_keys)} != {
        authority
    }:
        raise KeySetUntrustedError("SPEC 13.6: another authority")
    if any(c.origin != body.origin for c in unverified.acknowledgement_keys):
        raise KeySetUntrustedError("SPEC 13.4: another origin")
    if now is not None:
        _check_period(certificate.valid_from, certificate.valid_until, now)
        _check_period(body.valid_from, body.valid_until, now)
    return KeySet(
        body=body,
        hash=key_set_hash(unverified.note_text),
        authority_id=authority,
        instance_id=instance_id(authority, body.origin),
        certificate=certificate,
        acknowledgement_keys=unverified.acknowledgement_keys,
    )


def verify_officers(officers: OfficersNote, key_set: KeySet) -> OfficersNote:
    """Verify that an officers note is the one that the key set names.

    Raises:
        SignatureError, KeySetUntrustedError: it is another.
    """
    verify_note(officers.note, DIRECTORY_NAME, key_set.certificate.verification_key)
    if officers.authority != key_set.authority_id or officers.version != key_set.version:
        raise KeySetUntrustedError("SPEC 13.5: another authority or version")
    if officers_hash(officers.note_text) != key_set.body.directory_hash:
        raise KeySetUntrustedError("SPEC 13.5: not the note that the key set names")
    return officers


def verify_offline_page(
    page: bytes, unverified: OfflinePageNote, root_key: bytes, *, now: datetime
) -> OfflinePageNote:
    """Verify that an offline page is the one that the authority signed. Source: SPEC §13.8.

    Args:
        page: the page's bytes, whole.
        unverified: the parsed note.
        root_key: the pinned root verification key, 32 bytes.
        now: an aware instant.

    Raises:
        SignatureError, KeySetUntrustedError: not signed for this root, or another page.
        KeySetExpiredError, KeySetNotYetValidError: `now` lies outside its time.
    """
    authority, certificate = authority_id(root_key), unverified.certificate
    _verify_certificate(certificate, root_key, authority)
    verify_note(unverified.note, DIRECTORY_NAME, certificate.verification_key)
    if unverified.authority != authority:
        raise KeySetUntrustedError("SPEC 13.8: another authority")
    if hashlib.sha256(page).digest() != unverified.sha256:
        raise KeySetUntrustedError("SPEC 13.8: not the page that the note names")
    _check_period(certificate.valid_from, certificate.valid_until, now)
    _check_period(unverified.valid_from, unverified.valid_until, now)
    return unverified


def check_minimum_version(key_set: KeySet, minimum_version: int) -> None:
    """For those who remember nothing: refuse what is older than what they were built with.

    Raises:
        KeySetRollbackError: an older version.
    """
    if key_set.version < minimum_version:
        raise KeySetRollbackError(f"SPEC 13.7: want version {minimum_version} or later")


def accept_key_set(memory: KeySetMemory | None, key_set: KeySet) -> KeySetMemory:
    """Check succession; the first key set ever seen is taken as it is.

    Raises:
        KeySetRollbackError: an older version.
        KeySetForkError: the same version with other bytes, another predecessor, or a leap.
    """
    if memory is None:
        return KeySetMemory(key_set.version, key_set.hash)
    if key_set.version < memory.version:
        raise KeySetRollbackError(f"SPEC 13.7: version {memory.version} was seen")
    if key_set.version == memory.version:
        if key_set.hash != memory.hash:
            raise KeySetForkError("SPEC 13.7: another key set of the same version")
        return memory
    if key_set.version != memory.version + 1 or key_set.body.previous != memory.hash:
        raise KeySetForkError("SPEC 13.7: does not continue the chain")
    return KeySetMemory(key_set.version, key_set.hash, memory.custodians, memory.handlers)


def accept_officers(memory: KeySetMemory, officers: OfficersNote) -> KeySetMemory:
    """Remember who ever was custodian or handler; nobody is ever both.

    Raises:
        KeySetUntrustedError: somebody is, or was in another version.
    """
    custodians = memory.custodians | {
        officer.verification_key for officer in officers.officers if officer.roles & CUSTODIANS
    }
    handlers = memory.handlers | {
        officer.verification_key for officer in officers.officers if officer.roles & HANDLERS
    }
    if custodians & handlers:
        raise KeySetUntrustedError("SPEC 13.7: somebody is custodian and handler")
    return KeySetMemory(memory.version, memory.hash, custodians, handlers)


def verify_acknowledgement(acknowledgement: Acknowledgement, instance: bytes, key: bytes) -> None:
    """Verify an acknowledgement by a known acknowledgement key.

    Raises:
        SignatureError: another key or signature.
    """
    if acknowledgement.verification_key != key:
        raise SignatureError("SPEC 12.1: another acknowledgement key")
    verify_labelled(
        key, ACKNOWLEDGEMENT_LABEL, instance, acknowledgement.signed, acknowledgement.signature
    )


def verify_acknowledgement_text(text: str, root_key: bytes) -> VerifiedAcknowledgement:
    """Verify a self-contained acknowledgement with nothing but the root key. Source: SPEC §12.4.

    Raises:
        MalformedAcknowledgementError: not one.
        SignatureError, KeySetUntrustedError: not vouched for by this root at that minute.
    """
    try:
        parsed = parse_acknowledgement_text(text)
        directory = parse_directory_certificate(parsed.directory_certificate)
        key_certificate = parse_acknowledgement_certificate(parsed.key_certificate)
    except MalformedError:
        raise MalformedAcknowledgementError("SPEC 12.4: not an acknowledgement") from None
    authority = authority_id(root_key)
    _verify_certificate(directory, root_key, authority)
    verify_note(key_certificate.note, DIRECTORY_NAME, directory.verification_key)
    origin = key_certificate.origin or ""
    if key_certificate.authority != authority:
        raise KeySetUntrustedError("SPEC 12.4: another authority")
    seconds = parsed.acknowledgement.minute * 60  # Compared so: a u32 reaches beyond `datetime`.
    for certificate in (directory, key_certificate):
        start, end = certificate.valid_from.timestamp(), certificate.valid_until.timestamp()
        if not start <= seconds < end:
            raise KeySetUntrustedError("SPEC 12.4: outside a certificate's time")
    instance = instance_id(authority, origin)
    verify_acknowledgement(parsed.acknowledgement, instance, key_certificate.verification_key)
    registered_at = instant_of_minute(parsed.acknowledgement.minute)
    return VerifiedAcknowledgement(parsed.acknowledgement, origin, registered_at)
