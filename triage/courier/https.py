"""Asking an intake server, over HTTPS, with an officer's signature where the face wants one.

Redirects are never followed, answers are read up to a limit, and nothing that the server sends is
trusted here: callers parse and verify it. Source: SPEC §18; EXAM, exit code 4.
"""

import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, Protocol
from urllib.parse import urlsplit

import urllib3

from crypto.errors import MalformedTextError
from crypto.signing.request import NONCE_BYTES, REQUEST_LABEL, request_body
from crypto.signing.sign import SigningKey
from crypto.wire.codec import decode_base64url, encode_base64url
from crypto.wire.instance import parse_origin
from triage.courier.deadline import answer_within, watch_answers
from triage.errors import (
    NotAdmittedError,
    RefusedInputError,
    ServerRefusedError,
    ServerUnavailableError,
    WrongUseError,
)

CONNECT_SECONDS: Final = 10
READ_SECONDS: Final = 60
# A whole answer: the largest page of the feed, some 10 MB, at 40 kB/s as over Tor.
ANSWER_SECONDS: Final = 300
MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024
NONCE_HEADER: Final = "Replay-Nonce"
_MAX_NONCE_ANSWER_BYTES: Final = 4096
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})
_ONION: Final = ".onion"
_FACE_PIECES: Final = 3  # what stands before the first slash, the face, its version


def parse_server_url(text: str) -> str:
    """A server's address; without TLS only on this machine or as an onion service.

    Raises:
        WrongUseError: another spelling, or plain http to elsewhere.
    """
    try:
        url = parse_origin(text.removesuffix("/"))
    except MalformedTextError:
        raise WrongUseError("want a server address such as https://report.example") from None
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "http" and host not in _LOOPBACK and not host.endswith(_ONION):
        raise WrongUseError("plain http is for this machine and onion services only: want https")
    return url


class Signer(Protocol):
    """Who signs requests."""

    @property
    def officer_id(self) -> bytes:
        """32 bytes (SPEC §4.4)."""

    @property
    def signing(self) -> SigningKey:
        """The officer's signing key."""


@dataclass(frozen=True, slots=True)
class _Request:
    """What an officer signs, before there is a nonce for it."""

    method: str
    path: str
    query: str
    body: bytes = field(repr=False)
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer, read whole."""

    status: int
    body: bytes = field(repr=False)
    nonce: str | None = None


class Courier:
    """A connection to one server; safe to use from several threads.

    Args:
        server_url: as `parse_server_url` takes it.
        answer_seconds: how long a whole answer may take.

    Raises:
        WrongUseError: not a server address.
    """

    def __init__(self, server_url: str, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self.server_url = parse_server_url(server_url)
        self._answer_seconds = answer_seconds
        self._pool = urllib3.PoolManager(
            num_pools=1,
            maxsize=4,
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
            retries=False,
        )
        watch_answers(self._pool)
        self._nonces: dict[str, list[str]] = {}  # Each face has its own.
        self._nonces_lock = threading.Lock()

    def close(self) -> None:
        """Close idle connections."""
        self._pool.clear()

    def get(self, path: str, *, max_bytes: int = MAX_ANSWER_BYTES) -> bytes:
        """Fetch something public.

        Raises:
            ServerUnavailableError: no answer, or one that says to try later.
            ServerRefusedError: the server says no.
        """
        return self._send("GET", path, b"", {}, max_bytes).body

    def signed(
        self,
        method: str,
        path: str,
        *,
        signer: Signer,
        instance: bytes,
        query: str = "",
        body: bytes = b"",
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> bytes:
        """Ask as an officer; a nonce that has grown too old is replaced once.

        Args:
            method: upper case.
            path: from the first slash.
            signer: the officer.
            instance: whose service it is, 32 bytes.
            query: as sent, without the question mark.
            body: of the request.
            max_bytes: a longer answer is refused.

        Raises:
            NotAdmittedError: not listed, or not for this.
            ServerUnavailableError, ServerRefusedError: as `get`.
        """
        request = _Request(method, path, query, body, max_bytes)
        kept = self._kept_nonce(path)
        if kept is not None:
            try:
                return self._signed_once(request, signer, instance, kept)
            except NotAdmittedError:
                pass  # The kept nonce may have grown too old; a fresh one tells.
        return self._signed_once(request, signer, instance, self._fresh_nonce(path))

    def _signed_once(self, request: _Request, signer: Signer, instance: bytes, nonce: str) -> bytes:
        signed = request_body(
            method=request.method,
            path=request.path,
            query=request.query,
            body=request.body,
            officer_id=signer.officer_id,
            nonce=_parse_nonce(nonce),
        )
        signature = signer.signing.sign(REQUEST_LABEL, instance, signed)
        headers = {
            "Authorization": f"SealedIntake officer={encode_base64url(signer.officer_id)},"
            f" nonce={nonce}, signature={encode_base64url(signature)}"
        }
        if request.body:
            headers["Content-Type"] = "application/octet-stream"
        target = f"{request.path}?{request.query}" if request.query else request.path
        answer = self._send(request.method, target, request.body, headers, request.max_bytes)
        if answer.nonce is not None:
            with self._nonces_lock:
                self._nonces.setdefault(_face_of(request.path), []).append(answer.nonce)
        return answer.body

    def _kept_nonce(self, path: str) -> str | None:
        with self._nonces_lock:
            kept = self._nonces.get(_face_of(path))
            return kept.pop() if kept else None

    def _fresh_nonce(self, path: str) -> str:
        target = f"{_face_of(path)}/nonce"
        answer = self._send("POST", target, b"", {}, _MAX_NONCE_ANSWER_BYTES)
        if answer.nonce is None:
            raise RefusedInputError("SPEC 18: the server sent no nonce")
        return answer.nonce

    def _send(
        self, method: str, target: str, body: bytes, headers: dict[str, str], max_bytes: int
    ) -> Answer:
        with answer_within(self._answer_seconds) as deadline:
            try:
                response = self._pool.request(
                    method,
                    self.server_url + target,
                    body=body or None,
                    headers={"Accept-Encoding": "identity", "User-Agent": "triage", **headers},
                    redirect=False,
                    preload_content=False,
                    decode_content=False,
                )
                try:
                    content = response.read(max_bytes + 1)
                finally:
                    response.release_conn()
            except urllib3.exceptions.HTTPError:
                raise ServerUnavailableError("the server can't be reached") from None
        if deadline.passed:
            raise ServerUnavailableError("the server's answer took too long")
        if len(content) > max_bytes:
            response.close()
            raise RefusedInputError(f"the server's answer has more than {max_bytes} bytes")
        _refuse_failures(response.status)
        return Answer(response.status, content, response.headers.get(NONCE_HEADER))


def _face_of(path: str) -> str:
    """The face and its version: `/desk/v1` of `/desk/v1/feed` and of `/desk/v1/parts/read`."""
    return "/".join(path.split("/", _FACE_PIECES)[:_FACE_PIECES])


def _parse_nonce(text: str) -> bytes:
    nonce = decode_base64url(text)
    if len(nonce) != NONCE_BYTES:
        raise RefusedInputError(f"SPEC 18: want {NONCE_BYTES} bytes, got {len(nonce)}")
    return nonce


def _refuse_failures(status: int) -> None:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
        raise ServerUnavailableError(f"the server can't answer now (status {status})")
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise NotAdmittedError(status)
    if status >= HTTPStatus.BAD_REQUEST:
        raise ServerRefusedError(status)
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        raise RefusedInputError(f"the server points elsewhere (status {status}); not followed")
