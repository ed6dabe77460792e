"""Runners of envelopes, documents, submissions and files."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from crypto.custody.key_pair import KeyPair
from crypto.custody.opening import (
    open_envelope,
    open_file,
    open_identity,
    open_lock,
    open_report,
    open_row,
    open_wrapped_key,
)
from crypto.sealing.stream import seal_file
from crypto.signing.verify import verify_labelled
from crypto.wire.contents import DocumentKind, check_content
from crypto.wire.documents import DOCUMENT_LABEL, Document, parse_document
from crypto.wire.envelope import (
    Purpose,
    encode_header,
    envelope_bytes,
    parse_envelope,
)
from crypto.wire.files import bucket_bytes, file_digest, parse_upload
from crypto.wire.sealed_report import encode_head, parse_head
from crypto.wire.submission import parse_submission
from tests.vectors.given import Given, Json, sha256_hex
from tests.vectors.notation import Written, mutated


def _header(
    given: Given,
    *,
    purpose: int,
    key_set_version: int,
    place: Written,
    wrapped_keys: Sequence[Written],
    commitment: Written,
) -> Json:
    header = encode_header(
        Purpose(purpose),
        key_set_version=key_set_version,
        place=given.raw(place),
        wrapped_keys=tuple(given.raw(key) for key in wrapped_keys),
        commitment=given.raw(commitment),
    )
    return {"size_bytes": len(header), "sha256": sha256_hex(header)}


def _envelope_bytes(_given: Given, *, purpose: int, readers: int) -> Json:
    return envelope_bytes(Purpose(purpose), readers)


def _envelope(given: Given, *, raw: Written, purpose: int) -> Json:
    envelope = parse_envelope(given.raw(raw), Purpose(purpose))
    return {
        "key_set_version": envelope.key_set_version,
        "place": envelope.place.hex(),
        "slots": len(envelope.wrapped_keys),
        "commitment": envelope.commitment.hex(),
        "header_bytes": len(envelope.header),
    }


def _wrapped_key(
    given: Given,
    *,
    wrapped_key: Written,
    seed: Written,
    instance: Written,
    purpose: int,
    key_set_version: int,
) -> Json:
    return open_wrapped_key(
        given.raw(wrapped_key),
        KeyPair.from_seed(given.raw(seed)).opening,
        instance=given.raw(instance),
        purpose=Purpose(purpose),
        key_set_version=key_set_version,
    ).hex()


def _open_envelope(
    given: Given, *, raw: Written, purpose: int, seed: Written, instance: Written
) -> Json:
    envelope = parse_envelope(given.raw(raw), Purpose(purpose))
    key = KeyPair.from_seed(given.raw(seed)).opening
    return sha256_hex(open_envelope(envelope, (key,), instance=given.raw(instance)).plaintext)


def _said(document: Document) -> Json:
    return {
        "kind": int(document.kind),
        "n": document.n,
        "claim_key": document.claim_key.hex(),
        "slot_key": document.slot_key.hex(),
        "reply_key_sha256": sha256_hex(document.reply_key),
        "siblings": document.siblings and [digest.hex() for digest in document.siblings],
        "lock": document.lock
        and {
            "inner_wrapped_key_sha256": sha256_hex(document.lock.inner_wrapped_key),
            "row_key": document.lock.row_key.hex(),
            "part_digest": document.lock.part_digest.hex(),
        },
        "content": document.content,
    }


def _document(given: Given, *, raw: Written, purpose: int, instance: Written) -> Json:
    parsed = parse_document(given.raw(raw), Purpose(purpose))
    key = parsed.document.claim_key
    verify_labelled(key, DOCUMENT_LABEL, given.raw(instance), parsed.signed, parsed.signature)
    return _said(parsed.document)


def _content(_given: Given, *, purpose: int, kind: int, content: Mapping[str, Json]) -> Json:
    check_content(Purpose(purpose), DocumentKind(kind), content)
    return "accepted"


def _open_report(given: Given, *, raw: Written, seed: Written, instance: Written) -> Json:
    key = KeyPair.from_seed(given.raw(seed)).opening
    return _said(open_report(given.raw(raw), (key,), instance=given.raw(instance)))


def _open_row(
    given: Given, *, raw: Written, purpose: int, row_id: Written, seed: Written, instance: Written
) -> Json:
    key, place = KeyPair.from_seed(given.raw(seed)).opening, given.raw(row_id)
    document = open_row(
        given.raw(raw), Purpose(purpose), place, (key,), instance=given.raw(instance)
    )
    return _said(document)


def _open_lock(
    given: Given, *, raw: Written, row_id: Written, seed: Written, instance: Written
) -> Json:
    key, place = KeyPair.from_seed(given.raw(seed)).opening, given.raw(row_id)
    return _said(open_lock(given.raw(raw), place, (key,), instance=given.raw(instance)))


def _open_identity(
    given: Given,
    *,
    raw: Written,
    row_id: Written,
    inner_wrapped_key: Written,
    seed: Written,
    instance: Written,
) -> Json:
    key, place = KeyPair.from_seed(given.raw(seed)).opening, given.raw(row_id)
    inner = given.raw(inner_wrapped_key)
    return _said(open_identity(given.raw(raw), place, inner, key, instance=given.raw(instance)))


def _submission(given: Given, *, raw: Written) -> Json:
    submission = parse_submission(given.raw(raw))
    return {
        "key_set_version": submission.key_set_version,
        "acknowledgement_slot": submission.acknowledgement_slot.hex(),
        "destruction_id": submission.destruction_id.hex(),
        "row_ids": [row.hex() for row in submission.row_ids],
        "rest": submission.rest.hex(),
        "digest": submission.digest.hex(),
        "retry_tag": submission.retry_tag.hex(),
    }


def _bucket(_given: Given, *, size_bytes: int) -> Json:
    return bucket_bytes(size_bytes)


def _upload(given: Given, *, raw: Written, index: int) -> Json:
    upload = parse_upload(given.raw(raw))
    return {
        "chunk_count": upload.chunk_count,
        "part_count": upload.part_count,
        "sealed_bytes": upload.sealed_bytes,
        "part_start": upload.part_start(index),
        "part_bytes": upload.part_bytes(index),
        "part_id": upload.part_id(index).hex(),
    }


def _file_digest(given: Given, *, part_hashes: list[Written]) -> Json:
    return file_digest([given.raw(each) for each in part_hashes]).hex()


def _sealed_report(given: Given, *, raw: Written) -> Json:
    report = parse_head(given.raw(raw))
    return {
        "files": [
            {
                "capability": each.upload.capability.hex(),
                "bucket_bytes": each.upload.bucket_bytes,
                "digest": each.digest.hex(),
            }
            for each in report.files
        ],
        "submission_sha256": sha256_hex(report.submission),
        "head_bytes": report.head_bytes,
        "size_bytes": report.size_bytes,
        "encoded_sha256": sha256_hex(encode_head(report)),
    }


def _file(
    given: Given,
    *,
    content_key: Written,
    plaintext: Written,
    mutate: list[Mapping[str, Any]],
    opening_key: Written,
) -> Json:
    """Seal under `content_key`, mutate what was sealed, open it with `opening_key`."""
    plain = given.raw(plaintext)
    sealed = b"".join(seal_file(given.raw(content_key), [plain], len(plain)))
    altered = mutated(sealed, mutate)
    offset = 0

    def read(size_bytes: int) -> bytes:
        nonlocal offset
        piece = altered[offset : offset + size_bytes]
        offset += len(piece)
        return piece

    opened = b"".join(open_file(given.raw(opening_key), read))
    return {
        "sealed_bytes": len(sealed),
        "sealed_sha256": sha256_hex(sealed),
        "opened_sha256": sha256_hex(opened),
    }


RUNNERS: Final[Mapping[str, Callable[..., Json]]] = {
    function.__name__.removeprefix("_"): function
    for function in (
        _header,
        _envelope_bytes,
        _envelope,
        _wrapped_key,
        _open_envelope,
        _document,
        _content,
        _open_report,
        _open_row,
        _open_lock,
        _open_identity,
        _submission,
        _bucket,
        _upload,
        _file_digest,
        _sealed_report,
        _file,
    )
}
