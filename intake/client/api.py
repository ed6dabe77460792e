"""The public face of a server, as a client sees it. Source: intake/API.md §2."""

import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import urllib3

from crypto.errors import MalformedError, MalformedTextError
from crypto.wire.codec import decode_base64url
from crypto.wire.files import Upload
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
# A part may take its time on a slow line: a piece of 64 KiB within this, an answer later by that.
PIECE_SECONDS: Final = 30
SLOWEST_BYTES_PER_SECOND: Final = 5_000
# After this long without a sign of life from the other machine a connection counts as cut.
_SILENCE_SECONDS: Final = 60
_MAX_ANSWER_BYTES: Final = 65_536
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})
_NOTHING_KEPT: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.INSUFFICIENT_STORAGE})
_DONE: Final = frozenset({HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT})
_LATER_WORDS: Final[Mapping[int, str]] = {
    HTTPStatus.TOO_MANY_REQUESTS: "the server asks to come back later",
    HTTPStatus.INSUFFICIENT_STORAGE: "the server has no room now",
}
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
    took_work: bool = False

    @property
    def is_later(self) -> bool:
        return self.status in _LATER or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR


@dataclass(frozen=True, slots=True)
class _Request:
    """What is asked once.

    Attributes:
        body: or what makes it anew for each try.
        size_bytes: of the body; None without one.
        max_bytes: of the answer.
        answer_seconds: how long that may take; None as for any other request.
    """

    method: str
    path: str
    body: bytes | Callable[[], Iterator[bytes]] | None = field(repr=False)
    size_bytes: int | None
    max_bytes: int = _MAX_ANSWER_BYTES
    answer_seconds: float | None = None

    @classmethod
    def of(
        cls, method: str, path: str, body: bytes | None, max_bytes: int = _MAX_ANSWER_BYTES
    ) -> "_Request":
        return cls(method, path, body, None if body is None else len(body), max_bytes)

    @property
    def headers(self) -> dict[str, str]:
        if self.size_bytes is None:
            return {}
        return {
            "Content-Type": "application/octet-stream",
            "Content-Length": str(self.size_bytes),
        }


class Api:
    """A connection to one server. Follows no redirect and keeps no cookie.

    Attributes:
        has_answered: Whether it has said of a submission that it took it.

    Args:
        server_url: As `parse_server_url` takes it.
        sleep: Waits between tries, in seconds.
        answer_seconds: How long a whole answer may take.
        connections: How many requests may run at once.

    Raises:
        WrongUseError: Not a server address.
    """

    def __init__(
        self,
        server_url: str,
        sleep: Callable[[float], None] = time.sleep,
        answer_seconds: float = ANSWER_SECONDS,
        connections: int = 1,
    ) -> None:
        self._url = parse_server_url(server_url)
        self._answer_seconds = answer_seconds
        self.has_answered = False
        self._sleep = sleep
        self._pool = urllib3.PoolManager(
            num_pools=1,
            maxsize=connections,
            retries=False,
            socket_options=_watched(),
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
        self.has_answered = True
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

    def put_part(
        self,
        upload: Upload,
        index: int,
        pieces: Sequence[bytes],
        on_piece: Callable[[int], None] = lambda _: None,
        *,
        asks_first: bool = False,
    ) -> bool:
        """Send a part, in one try. Source: intake/API.md §2.3.

        Args:
            upload: whose part it is.
            index: which one.
            pieces: its bytes.
            on_piece: told how many bytes went out, again and again.
            asks_first: find out with a few bytes what work a busy server wants before it takes a
                part: a slow line would not hear of it until it has sent the whole part in vain.

        Returns:
            Whether it wanted some.

        Raises:
            ServerUnavailableError, ServerRefusedError: It is not known to be kept, or is refused.
        """
        size_bytes = upload.part_bytes(index)
        head = upload.encode() + index.to_bytes(4)

        sent_bytes = 0

        def body() -> Iterator[bytes]:
            nonlocal sent_bytes
            on_piece(-sent_bytes)  # It begins anew when the server wants work first.
            sent_bytes = 0
            yield head
            for piece in pieces:
                yield piece
                sent_bytes += len(piece)
                on_piece(len(piece))

        allowed = self._answer_seconds + size_bytes / SLOWEST_BYTES_PER_SECOND
        length = len(head) + size_bytes
        proof = self._proof_for_part(head) if asks_first else ""
        request = _Request("POST", "/api/v1/parts", body, length, answer_seconds=allowed)
        answer = self._admitted(request, proof)
        _content_now(answer)
        return bool(proof) or answer.took_work

    def _proof_for_part(self, head: bytes) -> str:
        """What a head without its part is refused with: for want of work, or of the part."""
        answer = self._exchange(_Request.of("POST", "/api/v1/parts", head))
        return _proof_for(answer) or ""

    def held(self, upload: Upload) -> tuple[bool, ...]:
        """Which parts of a file the server holds, in one try.

        Raises:
            ServerUnavailableError, ServerRefusedError: There is no answer, or not this one.
        """
        max_bytes = max(upload.part_count, _MAX_ANSWER_BYTES)  # A refusal is longer than a list.
        answer = self._try(_Request.of("POST", "/api/v1/parts/held", upload.encode(), max_bytes))
        if len(answer) != upload.part_count or not set(answer) <= {0, 1}:
            raise ServerUnavailableError("the server's answer is no list of parts")
        return tuple(map(bool, answer))

    def keep(self, upload: Upload) -> None:
        """Have all parts of a file kept for good, in one try.

        Raises:
            ServerUnavailableError, ServerRefusedError: They are not known to be.
        """
        self._try(_Request.of("POST", "/api/v1/parts/kept", upload.encode()))

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
                answer = self._admitted(_Request.of(method, path, body, max_bytes))
            except ServerUnavailableError:
                may_be_kept |= body is not None
            else:
                if not answer.is_later:
                    return _content(answer)
                # A proxy's 502 or 504 says nothing of what the server behind it has kept.
                may_be_kept |= body is not None and answer.status not in _NOTHING_KEPT
                if answer.retry_after_seconds is not None:
                    wait = min(answer.retry_after_seconds, LONGEST_WAIT_SECONDS)
            if tries + 1 < TRIES:
                self._sleep(wait)
        raise ServerUnavailableError("the server can't be reached", may_be_kept=may_be_kept)

    def _try(self, request: "_Request") -> bytes:
        return _content_now(self._admitted(request))

    def _once(self, method: str, path: str, body: bytes | None, max_bytes: int) -> _Answer:
        return self._exchange(_Request.of(method, path, body, max_bytes))

    def _admitted(self, request: "_Request", proof: str = "") -> _Answer:
        """One answer; where the server is busy, to the same bytes with the work it asks for."""
        answer = self._exchange(request, proof)
        for _ in range(PROOFS_A_TRY):
            found = _proof_for(answer)
            if found is None:
                break
            answer = replace(self._exchange(request, found), took_work=True)
        return answer

    def _exchange(self, request: "_Request", proof: str = "") -> _Answer:
        headers = request.headers | ({PROOF_HEADER: proof} if proof else {})
        with answer_within(request.answer_seconds or self._answer_seconds) as deadline:
            try:
                response = self._pool.request(
                    request.method,
                    self._url + request.path,
                    body=request.body() if callable(request.body) else request.body,
                    headers={**self._pool.headers, **headers},
                    redirect=False,
                    preload_content=False,
                    decode_content=False,
                    timeout=_timeout(request.answer_seconds),
                )
                content = response.read(request.max_bytes + 1)
                response.release_conn()
            except urllib3.exceptions.HTTPError:
                raise ServerUnavailableError("the server can't be reached") from None
        if deadline.passed:
            raise ServerUnavailableError("the server's answer took too long")
        if len(content) > request.max_bytes:
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


def _content_now(answer: _Answer) -> bytes:
    """What was answered, where it is not to be asked for again."""
    if not answer.is_later:
        return _content(answer)
    raise ServerUnavailableError(
        _LATER_WORDS.get(answer.status, "the server is not available"),
        retry_after_seconds=answer.retry_after_seconds,
    )


def _content(answer: _Answer) -> bytes:
    if answer.status in _DONE:
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


def _timeout(answer_seconds: float | None) -> urllib3.Timeout:
    """For connecting, and for each piece of a body to go out; for reading."""
    if answer_seconds is None:
        return urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    return urllib3.Timeout(connect=PIECE_SECONDS, read=answer_seconds)


def _watched() -> list[tuple[int, int, int | bytes]]:
    """Socket options by which a line that went dead shows itself, where the system has them."""
    tcp = socket.IPPROTO_TCP
    options = [*urllib3.connection.HTTPConnection.default_socket_options]
    options.append((socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1))
    for name, value in (
        ("TCP_KEEPIDLE", _SILENCE_SECONDS // 2),
        ("TCP_KEEPINTVL", _SILENCE_SECONDS // 6),
        ("TCP_KEEPCNT", 3),
        ("TCP_USER_TIMEOUT", _SILENCE_SECONDS * 1000),
    ):
        if hasattr(socket, name):
            options.append((tcp, getattr(socket, name), value))
    return options
