"""The offline page: a template of the build filled in, and its digest signed. Source: SPEC §13.8.

Filling needs no secret and gives the same bytes on every machine, so that whoever signs can compare
with what a second machine made.
"""

import hashlib
import html
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from crypto.signing.sign import SigningKey
from crypto.signing.trust import verify_key_set, verify_offline_page
from crypto.wire.certificates import encode_note_text
from crypto.wire.codec import decode_base64url, encode_base64url
from crypto.wire.instance import authority_id
from crypto.wire.key_set import KeySet, parse_key_set
from crypto.wire.offline_page import (
    OFFLINE_PAGE_LABEL,
    encode_offline_page_note,
    offline_page_json,
    parse_offline_page_note,
)
from crypto.wire.signed_note import DIRECTORY_NAME, ROOT_NAME, encode_verifier_key
from triage.authority.ceremony import DIRECTORY_FILE
from triage.authority.state import AuthorityState, load_state
from triage.errors import RefusedInputError
from triage.locked_files import open_locked

HOTLINE: Final = "12339"
MAX_FILES: Final = 20
MAX_FILE_BYTES: Final = 4 * 2**30
_PLACEHOLDER: Final = re.compile(r"\{\{([A-Z_]+)\}\}")
_META: Final = re.compile(r'<meta name="([a-z-]+)" content="([^"]*)">')


@dataclass(frozen=True, slots=True)
class PageTexts:
    """What an authority says on its page beside its name.

    Attributes:
        published_zh: where the root's fingerprint is published outside the site, in Chinese.
        published_en: the same in English.
        hotline: a telephone number.
        max_files: how many files a report takes; the server's setting of that name.
        max_file_bytes: how large each may be; likewise.
    """

    published_zh: str = ""
    published_en: str = ""
    hotline: str = HOTLINE
    max_files: int = MAX_FILES
    max_file_bytes: int = MAX_FILE_BYTES


@dataclass(frozen=True, slots=True)
class OfflinePage:
    """A page that is ready to be handed out, and the key set inside it."""

    raw: bytes
    key_set: KeySet

    @property
    def sha256(self) -> bytes:
        """Of the page's bytes."""
        return hashlib.sha256(self.raw).digest()


def fill_template(
    home: Path, template: bytes, raw_key_set: bytes, texts: PageTexts, *, now: datetime
) -> OfflinePage:
    """Put key set, root key and texts into the template of the build.

    Args:
        home: the authority's folder.
        template: `intake/web/dist/offline.html`.
        raw_key_set: as published (SPEC §13.6).
        texts: of the page.
        now: an aware instant.

    Raises:
        RefusedInputError: not a template, or not one that has these places.
        SealedIntakeError: the key set is not this authority's, or its time is over.
    """
    state = load_state(home)
    key_set = verify_key_set(parse_key_set(raw_key_set), state.root_key, now=now)
    filled = {
        "ROOT_KEY": encode_verifier_key(ROOT_NAME, state.root_key),
        "KEY_SET": encode_base64url(raw_key_set),
        "BODY_NAME_ZH": key_set.body.body_name["zh-CN"],
        "BODY_NAME_EN": key_set.body.body_name["en"],
        "FINGERPRINT_PUBLISHED_ZH": texts.published_zh,
        "FINGERPRINT_PUBLISHED_EN": texts.published_en,
        "HOTLINE": texts.hotline,
        "MAX_FILES": str(texts.max_files),
        "MAX_FILE_BYTES": str(texts.max_file_bytes),
    }
    text = _text_of(template)
    if set(_PLACEHOLDER.findall(text)) != set(filled):
        raise RefusedInputError("not the template of an offline page")
    page = _PLACEHOLDER.sub(lambda match: html.escape(filled[match[1]], quote=True), text)
    return OfflinePage(page.encode(), key_set)


def read_page(state: AuthorityState, raw: bytes, *, now: datetime) -> OfflinePage:
    """Find the key set in a page, and make sure that both are this authority's.

    Raises:
        RefusedInputError: not an offline page, or with another root key.
        SealedIntakeError: the key set is not this authority's, or its time is over.
    """
    metas = _META.findall(_text_of(raw))
    named = dict(metas)
    if len(named) != len(metas) or not {"root-key", "key-set"} <= set(named):
        raise RefusedInputError("not an offline page")
    if html.unescape(named["root-key"]) != encode_verifier_key(ROOT_NAME, state.root_key):
        raise RefusedInputError("the page has another root key")
    raw_key_set = decode_base64url(named["key-set"])
    return OfflinePage(raw, verify_key_set(parse_key_set(raw_key_set), state.root_key, now=now))


def sign_page(home: Path, raw: bytes, *, passphrase: bytes, now: datetime) -> bytes:
    """Sign a page's digest for the time of the key set inside it; what is published beside it.

    Args:
        home: the authority's folder.
        raw: the page, whole.
        passphrase: unlocks the directory key.
        now: an aware instant.

    Raises:
        RefusedInputError: not an offline page of this authority.
        LockedError: another passphrase.
        SealedIntakeError: its key set is not this authority's, or its time is over.
    """
    state = load_state(home)
    page = read_page(state, raw, now=now)
    directory = SigningKey(open_locked(home / DIRECTORY_FILE, passphrase))
    if directory.verification_key != state.directory_key:
        raise RefusedInputError("the directory key file is another key's")
    text = encode_note_text(
        OFFLINE_PAGE_LABEL,
        authority_id(state.root_key),
        offline_page_json(page.sha256, page.key_set.body),
    )
    note = encode_offline_page_note(state.certificate, directory.sign_note(text, DIRECTORY_NAME))
    verify_offline_page(raw, parse_offline_page_note(note), state.root_key, now=now)
    return note


def _text_of(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise RefusedInputError("not a page in UTF-8") from None
