"""Sealed objects, made once: sealing is random, so these bytes are kept and only opened."""

from typing import Any, Final

from crypto.custody.reporter import Contents, ReporterKeys, seal_submission
from crypto.sealing.derivation import chain_id
from crypto.sealing.seal import seal_envelope, seal_with_key
from crypto.sealing.sealed_box import SealingKey, wrap_key
from crypto.wire.case_event import ChainKind
from crypto.wire.envelope import NO_PLACE, PLAINTEXT_BYTES, Purpose
from crypto.wire.receipt import ReceiptCode
from crypto.wire.roles import Role
from crypto.wire.slots import slot_id, slot_preimage
from tests.authority import make_authority, seed_of
from tests.vectors.makers.contents import IDENTITY, PROTECTION, REPORT, REWARD

SEALED_OBJECTS: Final = "sealed_objects"
NORTH: Final = make_authority("north")
SOUTH: Final = make_authority("south")
INSTANCE: Final = NORTH.instance_id
KEYS: Final = ReporterKeys.derive(
    ReceiptCode(int.from_bytes(seed_of("sealed receipt code")[:17]) >> 6), INSTANCE
)
CONTENT_KEY: Final = seed_of("content key")

# How each small envelope is sealed: purpose, place, what its seeds are named after.
REPLY_PLACE: Final = slot_id(slot_preimage(KEYS.slot_key(Role.TRIAGE), Role.TRIAGE, 0))
EVENT_PLACE: Final = chain_id(KEYS.case_ref, ChainKind.TRIAGE)
PLACES: Final = {
    Purpose.REPLY: REPLY_PLACE,
    Purpose.ACKNOWLEDGEMENT: KEYS.acknowledgement(0).slot,
    Purpose.GRANT: NORTH.officer(Role.TRIAGE).officer_id,
    Purpose.RELEASE: seed_of("request hash"),
    Purpose.EVENT: EVENT_PLACE,
    Purpose.AUDIT: EVENT_PLACE,
}
SEEDS: Final = {
    Purpose.REPLY: KEYS.reply.seed,
    Purpose.ACKNOWLEDGEMENT: KEYS.acknowledgement(0).pair.seed,
    Purpose.GRANT: NORTH.members[Role.TRIAGE].seed,
    Purpose.RELEASE: NORTH.members[Role.PROTECTION].seed,
    Purpose.EVENT: NORTH.desks[Role.TRIAGE].seed,
    Purpose.AUDIT: NORTH.desks[Role.AUDITOR].seed,
}
RECIPIENTS: Final = {
    Purpose.REPLY: (KEYS.reply.recipient_key,),
    Purpose.ACKNOWLEDGEMENT: (KEYS.acknowledgement(0).pair.recipient_key,),
    Purpose.GRANT: (NORTH.members[Role.TRIAGE].recipient_key,),
    Purpose.RELEASE: (NORTH.members[Role.PROTECTION].recipient_key,),
    Purpose.EVENT: (
        NORTH.desks[Role.TRIAGE].recipient_key,
        NORTH.desks[Role.OVERSIGHT].recipient_key,
    ),
    Purpose.AUDIT: (NORTH.desks[Role.AUDITOR].recipient_key,),
}


def plaintext_of(purpose: Purpose) -> bytes:
    """A plaintext of the right size that stands for the purpose; envelopes don't look inside."""
    size = PLAINTEXT_BYTES[purpose]
    return (seed_of(f"plaintext {purpose.name}") * (size // 32 + 1))[:size]


def _small(purpose: Purpose) -> str:
    return seal_envelope(
        plaintext_of(purpose),
        purpose=purpose,
        place=PLACES[purpose],
        key_set_version=1,
        instance=INSTANCE,
        readers=tuple(SealingKey(key) for key in RECIPIENTS[purpose]),
    ).hex()


def _other_key_inside() -> str:
    """A sound slot that gives another key than the one that the body was sealed under."""
    purpose = Purpose.ACKNOWLEDGEMENT
    return seal_with_key(
        plaintext_of(purpose),
        seed_of("another content key"),
        purpose=purpose,
        place=PLACES[purpose],
        key_set_version=1,
        wrapped_keys=(_wrapped(purpose, RECIPIENTS[purpose][0]),),
    ).hex()


def _wrapped(purpose: Purpose, recipient_key: bytes) -> bytes:
    return wrap_key(
        CONTENT_KEY,
        SealingKey(recipient_key),
        instance=INSTANCE,
        purpose=purpose,
        key_set_version=1,
    )


def sealed_objects() -> dict[str, Any]:
    """The file of sealed objects, made anew."""
    whole = Contents(report=REPORT, identity=IDENTITY, protection=PROTECTION, reward=REWARD)
    about_staff = Contents(about_staff=True, report={"narrative": "x", "about_staff": True})
    return {
        "rule": "SPEC 5, 6, 10.6",
        "format": "bases",
        "bases": {
            "submission": seal_submission(KEYS, whole, NORTH.key_set).raw.hex(),
            "submission_about_staff": seal_submission(
                KEYS, about_staff, NORTH.key_set, n=1
            ).raw.hex(),
            **{purpose.name.lower(): _small(purpose) for purpose in PLACES},
            "other_key_inside": _other_key_inside(),
            "wrapped_key": _wrapped(
                Purpose.IDENTITY, NORTH.desks[Role.PROTECTION].recipient_key
            ).hex(),
            "no_place": NO_PLACE.hex(),
        },
        "vectors": [],
    }
