"""The static page: read, filled in and compressed once at start, then the same bytes for everyone.

Compression tells an eavesdropper the length of what is compressed, which matters where a secret
lies beside something that a stranger can choose. Here neither is: the files are public and fixed.
So is the key set; no other answer of the API is ever compressed.
"""

import gzip
import html
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from intake.server.config import PageText
from intake.server.errors import StartError

# Beside this package; `make` builds it, the server wheel carries it.
DIST: Final = Path(__file__).parents[1] / "web" / "dist"
# The template of the offline page is the authority's to fill in.
NOT_SERVED: Final = frozenset({"manifest.json", "offline.html"})
BROTLI_SUFFIX: Final = ".br"
MEDIA_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        ".html": "text/html; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".json": "application/json",
        ".svg": "image/svg+xml",
        ".txt": "text/plain; charset=utf-8",
        ".webmanifest": "application/manifest+json",
    }
)


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file as it is served.

    Attributes:
        body: for clients that take no compression.
        packed: the same by content encoding, smallest first; without a time, so that two starts
            give the same bytes.
    """

    body: bytes
    packed: Mapping[str, bytes]
    media_type: str


def assemble_page(dist: Path, text: PageText, root_key: str) -> Mapping[str, StaticFile]:
    """Read the built page and fill its placeholders.

    Args:
        dist: The built files; when the folder is missing nothing is served but the API.
        text: What this authority says on it.
        root_key: The pinned verifier key, in text.

    Returns:
        Files by URL path without the leading slash; `index.html` also under the empty path.

    Raises:
        StartError: A file of a type that we do not serve, or a placeholder that stays open.
    """
    filled = _placeholders(text, root_key)
    files: dict[str, StaticFile] = {}
    for path in sorted(dist.rglob("*")) if dist.is_dir() else ():
        name = path.relative_to(dist).as_posix()
        if path.is_dir() or name in NOT_SERVED or path.suffix == BROTLI_SUFFIX:
            continue
        if path.suffix not in MEDIA_TYPES:
            raise StartError(f"page: no media type for files named {path.suffix}")
        body = path.read_bytes()
        if path.suffix == ".html":
            body = _fill(body.decode(), filled).encode()
        files[name] = StaticFile(body, _packed(path, body), MEDIA_TYPES[path.suffix])
    if "index.html" in files:
        files[""] = files["index.html"]
    return MappingProxyType(files)


def _packed(path: Path, body: bytes) -> Mapping[str, bytes]:
    """What the build compressed with brotli, which Python lacks; gzip for every file."""
    brotli = path.with_name(path.name + BROTLI_SUFFIX)
    packed = {"br": brotli.read_bytes()} if brotli.exists() else {}
    return MappingProxyType({**packed, "gzip": gzip.compress(body, compresslevel=9, mtime=0)})


def _placeholders(text: PageText, root_key: str) -> Mapping[str, str]:
    return {
        "ROOT_KEY": root_key,
        "MINIMUM_VERSION": str(text.minimum_version),
        "MAX_FILES": str(text.max_files),
        "MAX_FILE_BYTES": str(text.max_file_bytes),
        "API_ORIGIN": text.api_origin,
        "BODY_NAME_ZH": text.body_name_zh,
        "BODY_NAME_EN": text.body_name_en,
        "FINGERPRINT_PUBLISHED_ZH": text.fingerprint_published_zh,
        "FINGERPRINT_PUBLISHED_EN": text.fingerprint_published_en,
        "HOTLINE": text.hotline,
        "LEAVE_URL": text.leave_url,
    }


def _fill(page: str, filled: Mapping[str, str]) -> str:
    pieces = page.split("{{")
    done = [pieces[0]]
    for piece in pieces[1:]:
        name, closed, rest = piece.partition("}}")
        if not closed or name.strip() not in filled:
            raise StartError("page: a placeholder that no setting fills")
        done += [html.escape(filled[name.strip()], quote=True), rest]
    return "".join(done)
