"""What an officer signs to be let in. Source: SPEC §18."""

import hashlib

from crypto.wire.codec import length_prefixed

REQUEST_LABEL = "sign/request"
NONCE_BYTES = 56


def request_body(
    *, method: str, path: str, query: str, body: bytes, officer_id: bytes, nonce: bytes
) -> bytes:
    """The bytes signed under `REQUEST_LABEL` and the instance.

    Args:
        method: upper case.
        path: percent-encoded as sent, from the first slash.
        query: as sent, without the question mark; perhaps empty.
        body: the request's body; perhaps empty.
        officer_id: 32 bytes.
        nonce: the server's, 56 bytes.
    """
    return b"".join(
        (
            *(length_prefixed(text.encode()) for text in (method, path, query)),
            hashlib.sha256(body).digest(),
            officer_id,
            nonce,
        )
    )
