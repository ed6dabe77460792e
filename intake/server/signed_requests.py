"""Officers' requests: signed, once, by someone whom the newest key set lists. Source: SPEC 18."""

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from flask import Response, g, request
from nacl.utils import random

from crypto.errors import SealedIntakeError, SignatureError
from crypto.signing.request import REQUEST_LABEL, request_body
from crypto.signing.verify import verify_labelled
from crypto.wire.codec import decode_base64url, encode_base64url, labelled_mac
from crypto.wire.instants import minute_of
from crypto.wire.officers import Officer
from crypto.wire.roles import Role
from crypto.wire.strict_json import encode_json
from intake.server.face import Resources
from intake.server.problems import ProblemError, nonce_refused
from intake.server.store.nonces import use_nonce

NONCE_LIFE: Final = timedelta(minutes=5)
NONCE_HEADER: Final = "Replay-Nonce"
_SECONDS_BYTES: Final = 8
_RANDOM_BYTES: Final = 16
_SEEN_BYTES: Final = _SECONDS_BYTES + _RANDOM_BYTES
_AUTHORIZATION: Final = re.compile(
    r"SealedIntake officer=([\w-]{43}), nonce=([\w-]{75}), signature=([\w-]{86})", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Nonces:
    """Makes nonces and tells its own from others; which are used is the database's to know.

    Attributes:
        secret: 32 bytes, the same for all workers of a face.
        clock: Gives the present instant, aware UTC.
    """

    secret: bytes
    clock: Callable[[], datetime]

    def make(self) -> bytes:
        """A nonce of 56 bytes: seconds, random, MAC."""
        seen = int(self.clock().timestamp()).to_bytes(_SECONDS_BYTES) + random(_RANDOM_BYTES)
        return seen + labelled_mac(self.secret, "nonce", seen)

    def expiry_of(self, nonce: bytes) -> datetime:
        """When a nonce of ours stops counting.

        Raises:
            ProblemError: 401; not ours, or its time is over.
        """
        seen, mac = nonce[:_SEEN_BYTES], nonce[_SEEN_BYTES:]
        if not hmac.compare_digest(mac, labelled_mac(self.secret, "nonce", seen)):
            raise nonce_refused()
        made_seconds = int.from_bytes(seen[:_SECONDS_BYTES])
        now = self.clock()
        expires_at = datetime.fromtimestamp(made_seconds, now.tzinfo) + NONCE_LIFE
        if now >= expires_at:
            raise nonce_refused()
        return expires_at


@dataclass(frozen=True, slots=True)
class Reception:
    """Lets officers in.

    Attributes:
        nonces: Of this face.
    """

    resources: Resources
    nonces: Nonces

    def admit(self, roles: frozenset[Role], body: bytes = b"") -> Officer:
        """Verify the present request and use up its nonce.

        Args:
            roles: Any one of them will do.
            body: The request's whole body.

        Raises:
            ProblemError: 401 for a request that is not signed by a listed officer or whose nonce
                does not count; 403 for an officer without such a role.
            NonceUsedError: The nonce came before.
        """
        officer_id, nonce, signature = _authorization()
        path, query = _target()
        officer = self.resources.key_sets.newest().officers.get(officer_id)
        if officer is None:
            raise _signature_refused()
        expires_at = self.nonces.expiry_of(nonce)
        signed = request_body(
            method=request.method,
            path=path,
            query=query,
            body=body,
            officer_id=officer_id,
            nonce=nonce,
        )
        instance = self.resources.key_sets.newest().key_set.instance_id
        try:
            verify_labelled(officer.verification_key, REQUEST_LABEL, instance, signed, signature)
        except SignatureError:
            raise _signature_refused() from None
        with self.resources.main.write() as connection:
            use_nonce(
                connection,
                nonce[_SECONDS_BYTES:_SEEN_BYTES],
                expires_minute=minute_of(expires_at) + 1,
                minute=minute_of(self.resources.clock()),
            )
        if not officer.roles & roles:
            title = "Your roles do not include this."
            raise ProblemError(HTTPStatus.FORBIDDEN, "role", title)
        return officer

    def hand_out(self) -> Response:
        """A fresh nonce for whoever asks; it is worth nothing without a signature."""
        nonce = encode_base64url(self.nonces.make())
        g.nonce = nonce
        return Response(encode_json({"nonce": nonce}), mimetype="application/json")

    def add_nonce(self, response: Response) -> Response:
        """Put a fresh nonce on an answer to a request that brought one."""
        if "nonce" in g or "Authorization" in request.headers:
            response.headers[NONCE_HEADER] = g.get("nonce") or encode_base64url(self.nonces.make())
        return response


def _authorization() -> tuple[bytes, bytes, bytes]:
    match = _AUTHORIZATION.fullmatch(request.headers.get("Authorization", ""))
    if match is None:
        raise _signature_refused()
    try:
        officer_id, nonce, signature = (decode_base64url(part) for part in match.groups())
    except SealedIntakeError:
        raise _signature_refused() from None
    return officer_id, nonce, signature


def _target() -> tuple[str, str]:
    """Path and query as they were sent; what they are routed and read by must be the same bytes.

    Raises:
        ProblemError: 401; another spelling, such as one with needless percent signs, or a whole
            URL. One request would have several signatures, and a signature several requests.
    """
    sent = request.environ.get("RAW_URI", "")
    path, _, query = sent.partition("?")
    if path != request.path or query != request.query_string.decode("latin-1"):
        raise _signature_refused()
    return path, query


def _signature_refused() -> ProblemError:
    return ProblemError(
        HTTPStatus.UNAUTHORIZED,
        "signature-refused",
        "Sign the request as an officer of the newest key set.",
        headers={"WWW-Authenticate": "SealedIntake"},
    )
