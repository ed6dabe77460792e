"""The public face of a server, as a client sees it. Source: intake/API.md §2."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import urllib3

from crypto.errors import MalformedError, MalformedTextError
from crypto.wire.codec import decode_base64url
from crypto.wire.instance import parse_origin
from crypto.wire.key_set import MAX_KEY_SET_BYTES
from crypto.wire.slots import SLOTS_ANSWER_BYTES
from crypto.wire.strict_json import JsonObject, parse_json_object
from intake.client.deadline import answer_within, watch_answers
from intake.client.errors import (
    ServerRefusedError,
    ServerUnavailableError,
    UnreasonableChallengeError,
    WrongUseError,
)
from intake.client.proof import PROOF_HEADER, parse_challenge, solve

CONNECT_SECONDS: Final = 10
READ_SECONDS: Final = 60
# A whole answer: the largest, a key set, at 5 kB/s.
ANSWER_SECONDS: Final = 60
TRIES: Final = 5
LONGEST_WAIT_SECONDS: Final = 60
# A proof may come too late, or from another network than its challenge; then there is a new one.
PROOFS_A_TRY: Final = 3
_BACKOFF_SECONDS: Final = (1, 2, 4, 8)
_MAX_ANSWER_BYTES: Final = 65_536
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})
_NOTHING_KEPT: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.INSUFFICIENT_STORAGE})
_LATER: Final = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.INSUFFICIENT_STORAGE,
    }
)


def parse_server_url(text: str) -> str:
    """A server's address; without TLS only on this machine or as an onion service.

    Raises:
        WrongUseError: Another spelling, or plain http to elsewhere.
    """
    try:
        url = parse_origin(text.removesuffix("/"))
    except MalformedTextError:
        raise WrongUseError("want a server address such as https://report.example") from None
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "http" and host not in _LOOPBACK and not host.endswith(".onion"):
        raise WrongUseError("plain http is for this machine and onion services only: want https")
    return url


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes = field(repr=False)
    retry_after_seconds: int | None

    @property
    def is_later(self) -> bool:
        return self.status in _LATER or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR


class Api:
    """A connection to one server. Follows no redirect and keeps no cookie.

    Attributes:
        has_answered: Whether it has answered something that was sent to it.

    Args:
        server_url: As `parse_server_url` takes it.
        sleep: Waits between tries, in seconds.
        answer_seconds: How long a whole answer may take.

    Raises:
        WrongUseError: Not a server address.
    """

    def __init__(
        self,
        server_url: str,
        sleep: Callable[[float], None] = time.sleep,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._url = parse_server_url(server_url)
        self._answer_seconds = answer_seconds
        self.has_answered = False
        self._sleep = sleep
        self._pool = urllib3.PoolManager(
            num_pools=1,
            maxsize=1,
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
            retries=False,
            headers={"User-Agent": "intake", "Accept-Encoding": "identity"},
        )
        watch_answers(self._pool)

    def close(self) -> None:
        """Close the connection."""
        self._pool.clear()

    def key_set(self, version: int | None = None) -> bytes:
        """The newest key set, or one version; nobody has verified it yet.

        Raises:
            ServerUnavailableError, ServerRefusedError: There is no answer, or not this one.
        """
        path = "/api/v1/key-set" if version is None else f"/api/v1/key-sets/{version}"
        return self._succeed("GET", path, None, MAX_KEY_SET_BYTES)

    def submit(self, raw: bytes) -> bytes:
        """Send a sealed submission, again and again with the same bytes if need be.

        Returns:
            The sealed acknowledgement.

        Raises:
            ServerUnavailableError, ServerRefusedError: Not acknowledged.
            MalformedError: An answer that is none.
        """
        body = self._succeed("POST", "/api/v1/submissions", raw, _MAX_ANSWER_BYTES)
        sealed = parse_json_object(body, max_bytes=_MAX_ANSWER_BYTES).get("acknowledgement")
        if not isinstance(sealed, str):
            raise MalformedTextError("the server sent no acknowledgement")
        return decode_base64url(sealed)

    def slots(self, preimages: bytes) -> bytes:
        """What lies in eight slots; always the same number of bytes (SPEC 11.4).

        Raises:
            ServerUnavailableError, ServerRefusedError: There is no answer, or not this one.
        """
        return self._succeed("POST", "/api/v1/slots", preimages, SLOTS_ANSWER_BYTES)

    def health(self) -> JsonObject:
        """What the server says of itself; one try.

        Raises:
            ServerUnavailableError: It says nothing.
        """
        answer = self._once("GET", "/api/v1/health", None, _MAX_ANSWER_BYTES)
        if answer.status not in {HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE}:
            raise ServerUnavailableError(f"the server answered {answer.status}")
        try:
            return parse_json_object(answer.body, max_bytes=_MAX_ANSWER_BYTES)
        except MalformedError:
            raise ServerUnavailableError("the server's answer is no health report") from None

    def _succeed(self, method: str, path: str, body: bytes | None, max_bytes: int) -> bytes:
        may_be_kept = False
        for tries in range(TRIES):
            wait: float = _BACKOFF_SECONDS[min(tries, len(_BACKOFF_SECONDS) - 1)]
            try:
                answer = self._admitted(method, path, body, max_bytes)
            except ServerUnavailableError:
                may_be_kept |= body is not None
            else:
                if not answer.is_later:
                    self.has_answered = body is not None
                    return _content(answer)
                # A proxy's 502 or 504 says nothing of what the server behind it has kept.
                may_be_kept |= body is not None and answer.status not in _NOTHING_KEPT
                if answer.retry_after_seconds is not None:
                    wait = min(answer.retry_after_seconds, LONGEST_WAIT_SECONDS)
            if tries + 1 < TRIES:
                self._sleep(wait)
        raise ServerUnavailableError("the server can't be reached", may_be_kept=may_be_kept)

    def _admitted(self, method: str, path: str, body: bytes | None, max_bytes: int) -> _Answer:
        """One answer; where the server is busy, to the same bytes with the work it asks for."""
        answer = self._once(method, path, body, max_bytes)
        for _ in range(PROOFS_A_TRY):
            proof = _proof_for(answer)
            if proof is None:
                break
            answer = self._once(method, path, body, max_bytes, proof)
        return answer

    def _once(
        self, method: str, path: str, body: bytes | None, max_bytes: int, proof: str = ""
    ) -> _Answer:
        headers = {} if body is None else {"Content-Type": "application/octet-stream"}
        headers |= {PROOF_HEADER: proof} if proof else {}
        with answer_within(self._answer_seconds) as deadline:
            try:
                response = self._pool.request(
                    method,
                    self._url + path,
                    body=body,
                    headers={**self._pool.headers, **headers},
                    redirect=False,
                    preload_content=False,
                    decode_content=False,
                )
                content = response.read(max_bytes + 1)
                response.release_conn()
            except urllib3.exceptions.HTTPError:
                raise ServerUnavailableError("the server can't be reached") from None
        if deadline.passed:
            raise ServerUnavailableError("the server's answer took too long")
        if len(content) > max_bytes:
            response.close()
            raise ServerUnavailableError("the server's answer is too long")
        return _Answer(response.status, content, _seconds(response.headers.get("Retry-After")))


def _proof_for(answer: _Answer) -> str | None:
    """What a refusal asks for, solved; none where it asks for nothing that we would do."""
    if answer.status != HTTPStatus.TOO_MANY_REQUESTS:
        return None
    try:
        problem = parse_json_object(answer.body, max_bytes=_MAX_ANSWER_BYTES)
        return solve(parse_challenge(problem.get("challenge")))
    except (MalformedError, UnreasonableChallengeError):
        return None


def _content(answer: _Answer) -> bytes:
    if answer.status in {HTTPStatus.OK, HTTPStatus.CREATED}:
        return answer.body
    try:
        kind = parse_json_object(answer.body, max_bytes=_MAX_ANSWER_BYTES).get("type")
    except MalformedError:
        kind = ""
    raise ServerRefusedError(answer.status, str(kind).rpartition("/")[2])


def _seconds(text: str | None) -> int | None:
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > len("999999"):
        return None
    return int(text)
