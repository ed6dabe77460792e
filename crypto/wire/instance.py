"""Which authority, at which address: bound into every key and signature. Source: SPEC §2.5, §3."""

import re

from crypto.errors import MalformedTextError
from crypto.wire.codec import encode_crockford, labelled_hash, length_prefixed

MAX_ORIGIN_BYTES = 255
_MAX_PORT = 65535
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LABEL = r"[a-z0-9-]+"
_ORIGIN = re.compile(rf"(https?)://({_LABEL}(?:\.{_LABEL})*)(?::([1-9][0-9]{{0,4}}))?", re.ASCII)
_GROUP_SYMBOLS = 4


def parse_origin(text: str) -> str:
    """The one spelling of a service's address, such as `https://report.example`.

    Raises:
        MalformedTextError: another spelling, a default port, or over 255 bytes.
    """
    match = _ORIGIN.fullmatch(text)
    if match is None or len(text) > MAX_ORIGIN_BYTES:
        raise MalformedTextError("SPEC 2.5: not an origin")
    scheme, _host, port = match.groups()
    if port is not None and (int(port) > _MAX_PORT or int(port) == _DEFAULT_PORTS[scheme]):
        raise MalformedTextError("SPEC 2.5: port out of range or default")
    return text


def authority_id(root_key: bytes) -> bytes:
    """The 32-byte name of the authority with this root verification key. Source: SPEC §3.1."""
    return labelled_hash("authority", root_key)


def instance_id(authority: bytes, origin: str) -> bytes:
    """The 32-byte name of one service of one authority. Source: SPEC §3.2.

    Raises:
        MalformedTextError: `origin` is none.
    """
    return labelled_hash("instance", authority + length_prefixed(parse_origin(origin).encode()))


def fingerprint(verification_key: bytes) -> str:
    """A verification key to be read aloud: thirteen groups of four. Source: SPEC §3.3."""
    symbols = encode_crockford(labelled_hash("fingerprint", verification_key))
    return "-".join(
        symbols[start : start + _GROUP_SYMBOLS] for start in range(0, len(symbols), _GROUP_SYMBOLS)
    )
