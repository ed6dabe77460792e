"""Who may talk to the console: the browser that followed the one-time link, and no other.

The link's token is good once. It buys a random cookie, of which only a hash stays here, so a cookie
that was planted by another page on this machine fits nothing. Cookies are not kept apart by port:
the pages therefore lie under a random path and the cookie is limited to it, so that a browser does
not show it to whatever else listens on 127.0.0.1 (RFC 6265 §8.5). It changes at each unlocking.
"""

import hashlib
import hmac
import threading
from dataclasses import dataclass, field

from nacl.utils import random

from crypto.wire.codec import encode_base64url, encode_crockford

TOKEN_BYTES = 32
PATH_BYTES = 5


@dataclass(frozen=True, slots=True)
class Admission:
    """What one browser holds: the cookie, and the token that its forms must repeat."""

    cookie: str = field(repr=False)
    form_token: str = field(repr=False)

    def accepts_form(self, token: str) -> bool:
        """Whether a form carried this browser's token."""
        return hmac.compare_digest(_digest(token), _digest(self.form_token))


class Entrance:
    """The one-time link and the one browser that was let in by it."""

    def __init__(self) -> None:
        self.path = encode_crockford(random(PATH_BYTES)).lower()
        self._lock = threading.Lock()
        self._link_digest: bytes | None = None
        self._admission: Admission | None = None

    def new_link_token(self) -> str:
        """Make a link token; an earlier one that was not used yet no longer works."""
        token = _random_text()
        with self._lock:
            self._link_digest = _digest(token)
        return token

    def admit(self, token: str) -> Admission | None:
        """Let a browser in, once; whoever was let in before is out.

        Returns:
            None where the token was used before or never given.
        """
        with self._lock:
            if self._link_digest is None:
                return None
            if not hmac.compare_digest(_digest(token), self._link_digest):
                return None
            self._link_digest = None
            self._admission = Admission(_random_text(), _random_text())
            return self._admission

    def recognise(self, cookie: str) -> Admission | None:
        """The admission that belongs to a cookie, if it is the present one."""
        admission = self._admission
        if admission is None or not hmac.compare_digest(_digest(cookie), _digest(admission.cookie)):
            return None
        return admission

    def renew(self) -> Admission:
        """Replace the cookie and the form token of the browser that was let in."""
        with self._lock:
            self._admission = Admission(_random_text(), _random_text())
            return self._admission


def _random_text() -> str:
    return encode_base64url(random(TOKEN_BYTES))


def _digest(text: str) -> bytes:
    # Hashing first lets texts of any length and alphabet be compared in constant time.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
