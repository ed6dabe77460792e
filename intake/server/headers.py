"""The headers of every answer, whoever made it. Source: DESIGN §4; ATTACKS B8."""

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'{api_origin}; "
    "worker-src 'self'; img-src 'self'; form-action {form_action}; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_PERMISSIONS_POLICY: Final = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "autoplay",
        "browsing-topics",
        "camera",
        "display-capture",
        "encrypted-media",
        "fullscreen",
        "geolocation",
        "gyroscope",
        "hid",
        "identity-credentials-get",
        "idle-detection",
        "local-fonts",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "picture-in-picture",
        "publickey-credentials-create",
        "publickey-credentials-get",
        "screen-wake-lock",
        "serial",
        "storage-access",
        "usb",
        "xr-spatial-tracking",
    )
)

ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None] | None


def fixed_headers(api_origin: str, *, with_form: bool = False) -> tuple[tuple[str, str], ...]:
    """The headers that every answer carries.

    Args:
        api_origin: Where the page sends to when that is not its own origin, else empty.
        with_form: Whether the answer is a page whose form may be sent there.
    """
    other = f" {api_origin}" if api_origin else ""
    form_action = f"'self'{other}" if with_form else "'none'"
    policy = _CONTENT_SECURITY_POLICY.format(api_origin=other, form_action=form_action)
    return (
        ("Content-Security-Policy", policy),
        ("Cache-Control", "no-store"),
        ("Cross-Origin-Embedder-Policy", "require-corp"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", _PERMISSIONS_POLICY),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
    )


class WithHeaders:
    """A WSGI application whose every answer carries the fixed headers.

    Args:
        inner: Makes the answers.
        headers: Those of all paths but
        form_headers: those of `form_paths`.
    """

    def __init__(
        self,
        inner: "WSGIApplication",
        headers: tuple[tuple[str, str], ...],
        form_headers: tuple[tuple[str, str], ...] = (),
        form_paths: frozenset[str] = frozenset(),
    ) -> None:
        self._inner = inner
        self._headers = headers
        self._form_headers = form_headers
        self._form_paths = form_paths

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer as the inner application, with the headers added."""
        has_form = environ.get("PATH_INFO") in self._form_paths
        added = self._form_headers if has_form else self._headers

        def start(
            status: str, headers: list[tuple[str, str]], exc_info: ExcInfo = None
        ) -> Callable[[bytes], object]:
            return start_response(status, [*headers, *added], exc_info)

        return self._inner(environ, start)
