"""Documents: frame, signature, padding, content. Source: SPEC §8."""

from collections.abc import Mapping
from typing import Any, Final

from crypto.custody.key_pair import KeyPair
from crypto.errors import (
    MalformedDocumentError,
    MalformedJsonError,
    MalformedKeyError,
    SignatureError,
)
from crypto.signing.sign import SigningKey
from crypto.wire.contents import DocumentKind
from crypto.wire.documents import DOCUMENT_LABEL, Document, IdentityLock, encode_signed_part
from crypto.wire.envelope import PLAINTEXT_BYTES, Purpose
from tests.authority import make_authority, seed_of
from tests.vectors.makers.contents import FIRST
from tests.vectors.makers.vector_file import VectorFile

_CONTENT_AT: Final = {1: 1384, 2: 2536, 3: 1288, 4: 1288, 5: 1288}  # of the u32 content length


def _signed(document: Document, instance: bytes) -> bytes:
    signed = encode_signed_part(document)
    return signed + SigningKey(seed_of("claim")).sign(DOCUMENT_LABEL, instance, signed)


def sample_document(purpose: Purpose, *, empty: bool = False) -> Document:
    """One of the five documents of one made-up case."""
    content = None if empty or purpose is Purpose.IDENTITY_LOCK else dict(FIRST[int(purpose)])
    siblings = (seed_of("identity digest"), seed_of("protection digest"), seed_of("reward digest"))
    return Document(
        purpose=purpose,
        kind=DocumentKind.EMPTY if content is None else DocumentKind.FIRST,
        n=3,
        claim_key=SigningKey(seed_of("claim")).verification_key,
        slot_key=seed_of("document slot key"),
        reply_key=KeyPair.from_seed(seed_of("reply")).recipient_key,
        siblings=siblings if purpose is Purpose.REPORT else None,
        lock=(
            IdentityLock(seed_of("inner") * 37, seed_of("row key"), seed_of("part digest"))
            if purpose is Purpose.IDENTITY_LOCK
            else None
        ),
        content=content,
    )


def _document() -> VectorFile:
    north = make_authority("north").instance_id
    bases: dict[str, Any] = {}
    for purpose in list(Purpose)[:5]:
        size = PLAINTEXT_BYTES[purpose]
        for empty in (False, True):
            raw = _signed(sample_document(purpose, empty=empty), north)
            name = f"{purpose.name.lower()}{'_empty' if empty else ''}"
            bases[name] = {"pad": raw.hex(), "size_bytes": size}
    del bases["identity_lock_empty"]
    file = VectorFile("document", "SPEC 8", bases=bases)
    for base in bases:
        purpose = Purpose[base.removesuffix("_empty").upper()]
        members = {"raw": {"base": base}, "purpose": int(purpose)}
        file.accept(base, **members, instance=north.hex())
    south = make_authority("south").instance_id.hex()
    sound = {"base": "report"}
    file.refuse("other_instance", SignatureError, raw=sound, purpose=1, instance=south)
    for purpose in list(Purpose)[:5]:
        _refused_documents(file, purpose, bases, north)
    _refused_kind_documents(file, north)
    _refused_content_documents(file, north)
    return file


def _refused_documents(
    file: VectorFile, purpose: Purpose, bases: Mapping[str, Any], north: bytes
) -> None:
    base = purpose.name.lower()
    length = len(bases[base]["pad"]) // 2
    low = {"offset": 40 + 32, "set": (1).to_bytes(32, "little").hex()}
    faults = (
        ("suite_0", MalformedDocumentError, {"offset": 0, "set": "0000"}),
        ("suite_2", MalformedDocumentError, {"offset": 0, "set": "0002"}),
        ("other_purpose", MalformedDocumentError, {"offset": 2, "set": "06"}),
        ("kind_7", MalformedDocumentError, {"offset": 3, "set": "07"}),
        ("n_changed", SignatureError, {"offset": 7, "xor": 1}),
        ("claim_key_of_small_order", MalformedKeyError, {"offset": 8, "set": "00" * 32}),
        ("slot_key_changed", SignatureError, {"offset": 40, "xor": 1}),
        ("reply_key_of_small_order", MalformedKeyError, low),
        ("reply_key_beyond_modulus", MalformedKeyError, {"offset": 104, "set": "ffff"}),
        ("signature_r_changed", SignatureError, {"offset": length - 64, "xor": 1}),
        ("signature_s_changed", SignatureError, {"offset": length - 32, "xor": 1}),
        ("padding_first", MalformedDocumentError, {"offset": length, "xor": 1}),
        (
            "padding_last",
            MalformedDocumentError,
            {"offset": PLAINTEXT_BYTES[purpose] - 1, "xor": 128},
        ),
        ("one_byte_short", MalformedDocumentError, {"truncate": PLAINTEXT_BYTES[purpose] - 1}),
        ("one_byte_long", MalformedDocumentError, {"append": "00"}),
        (
            "content_longer_than_all",
            MalformedDocumentError,
            {"offset": _CONTENT_AT[purpose], "set": "ffffffff"},
        ),
    )
    for name, error, op in faults:
        raw = {"base": base, "mutate": [op]}
        members = {"raw": raw, "purpose": int(purpose), "instance": north.hex()}
        file.refuse(f"{base}_{name}", error, **members)


def _refused_kind_documents(file: VectorFile, north: bytes) -> None:
    def refuse(name: str, error: type[Any], base: str, *ops: Any, purpose: int) -> None:  # noqa: ANN401
        raw = {"base": base, "mutate": list(ops)}
        file.refuse(name, error, raw=raw, purpose=purpose, instance=north.hex())

    wrong = MalformedDocumentError
    refuse("lock_with_kind", wrong, "identity_lock", {"offset": 3, "set": "01"}, purpose=2)
    refuse("kind_0_with_content", wrong, "report", {"offset": 3, "set": "00"}, purpose=1)
    refuse("kind_of_no_such_purpose", wrong, "reward", {"offset": 3, "set": "03"}, purpose=5)
    refuse(
        "kind_1_without_content",
        MalformedJsonError,
        "report_empty",
        {"offset": 3, "set": "01"},
        purpose=1,
    )
    refuse("sibling_changed", SignatureError, "report", {"offset": 1288, "xor": 1}, purpose=1)
    refuse(
        "row_key_changed", SignatureError, "identity_lock", {"offset": 2472, "xor": 1}, purpose=2
    )
    refuse("inner_changed", SignatureError, "identity_lock", {"offset": 1288, "xor": 1}, purpose=2)


def _refused_content_documents(file: VectorFile, north: bytes) -> None:
    """Documents that a hostile page signed well: only their content is at fault."""
    frame = encode_signed_part(sample_document(Purpose.REWARD, empty=True))[:-4]
    frame = frame[:3] + b"\x01" + frame[4:]
    most = PLAINTEXT_BYTES[Purpose.REWARD] - len(frame) - 4 - 64
    for name, error, content in (
        ("fitting", None, b'{"interest":true}'),
        ("filling_all_room", None, _filled(most)),
        ("white_space", None, b' {"interest" : true} '),
        ("duplicate_member", MalformedJsonError, b'{"interest":true,"interest":true}'),
        ("no_json", MalformedJsonError, b"interest"),
        ("list", MalformedJsonError, b"[]"),
        ("not_utf_8", MalformedJsonError, b'{"interest":true,"note":"\xff"}'),
        ("unknown_member", MalformedDocumentError, b'{"interest":true,"more":1}'),
        ("wrong_type", MalformedDocumentError, b'{"interest":1}'),
    ):
        signed = frame + len(content).to_bytes(4) + content
        raw = signed + SigningKey(seed_of("claim")).sign(DOCUMENT_LABEL, north, signed)
        members = {
            "raw": {"pad": raw.hex(), "size_bytes": PLAINTEXT_BYTES[Purpose.REWARD]},
            "purpose": int(Purpose.REWARD),
            "instance": north.hex(),
        }
        if error is None:
            file.accept(f"content_{name}", **members)
        else:
            file.refuse(f"content_{name}", error, **members)


def _filled(size_bytes: int) -> bytes:
    frame = b'{"interest":true,"note":""}'
    return frame[:-2] + b"x" * (size_bytes - len(frame)) + frame[-2:]


def files() -> list[VectorFile]:
    """Every file of this module."""
    return [_document()]
