"""Answers that are shown inside a frame of the viewer, and what such a frame may do: nothing.

A frame has no origin, runs no script, sends no form, opens nothing and loads nothing: pictures
stand in it as data that was spelled here, text is escaped. Only what a browser must play itself is
loaded by it, from one address; such a frame keeps our origin, because a browser shows its cookie to
no other, but no script can run there either. Source: CSP Level 3; HTML, sandboxing.
"""

import base64
import hashlib
from collections.abc import Mapping
from typing import Final

from flask import Response, g, render_template

_STYLE: Final = (
    ":root{color-scheme:light dark}"
    "html,body{margin:0;min-height:100%}"
    "body{font:16px/1.6 system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;"
    "background:light-dark(#efeee9,#20272a);color:light-dark(#1c2426,#e7eaea)}"
    "img{display:block;margin:0 auto;background:#fff}"
    ".fit img{max-width:100%;height:auto}"
    "video{display:block;width:100%;max-height:100vh;background:#000}"
    "audio{display:block;width:min(40rem,92%);margin:3rem auto}"
    "pre{margin:0;padding:1rem 1.25rem;white-space:pre-wrap;overflow-wrap:anywhere;"
    "font:.9375rem/1.65 ui-monospace,'DejaVu Sans Mono','Noto Sans Mono CJK SC',monospace;"
    "unicode-bidi:plaintext}"
    "b{padding:0 .25em;border-radius:4px;font:600 .8em/1.4 ui-monospace,monospace;"
    "background:light-dark(#fdf0d9,#3a2c13);color:light-dark(#7d4a00,#f3c374);unicode-bidi:isolate}"
)
_STYLE_DIGEST: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_NOTHING: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'"
)


def allow_frames(policy: str) -> None:
    """Let the present page show frames of ours; `policy` is the one that holds without them."""
    g.other_headers = {"Content-Security-Policy": f"{policy}; frame-src 'self'"}


def _framed(policy: str, content: str) -> Response:
    g.other_headers = {"Content-Security-Policy": policy, "X-Frame-Options": "SAMEORIGIN"}
    return Response(content, mimetype="text/html")


def _rendered(kind: str, **fields: object) -> str:
    return render_template("frame.html", kind=kind, style=_STYLE, **fields)


def picture_frame(png: bytes, *, fits: bool) -> Response:
    """A picture, which stands in the page itself.

    Args:
        png: spelled here.
        fits: whether it is shrunk to the frame's width.
    """
    source = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    content = _rendered("picture", source=source, fits=fits)
    return _framed(f"sandbox; {_NOTHING}; img-src data:", content)


def text_frame(text: str) -> Response:
    """A text, escaped, with everything that would disturb it named."""
    return _framed(f"sandbox; {_NOTHING}", _rendered("text", text=text))


def media_frame(kind: str, address: str) -> Response:
    """A player for one address.

    Args:
        kind: `audio` or `video`.
        address: absolute; nothing else can be loaded.
    """
    policy = f"sandbox allow-same-origin; {_NOTHING}; media-src {address}"
    return _framed(policy, _rendered(kind, source=address))


def bytes_answer(response: Response, headers: Mapping[str, str]) -> Response:
    """Bytes of a file: should a browser ever show them as a page, it is one that can do nothing."""
    g.other_headers = {"Content-Security-Policy": f"sandbox; {_NOTHING}"}
    for name, value in headers.items():
        response.headers[name] = value
    return response
