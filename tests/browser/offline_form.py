"""The offline page, opened from a disk: what it says, and what it lets out."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from playwright.sync_api import Locator

from crypto.wire.codec import encode_base64url
from crypto.wire.signed_note import ROOT_NAME, encode_verifier_key
from tests.authority import Authority, make_authority
from tests.browser.report_form import WEB, ReportForm

TEMPLATE = WEB / "dist" / "offline.html"
_ENTRY = re.compile(r'^msgid "(.+)"\nmsgstr "(.*)"$', re.MULTILINE)
_INSTEAD = "offline.instead."
_PLACE = re.compile(r"\{\{([A-Z_]+)\}\}")


@cache
def offline_catalogue(language: str) -> Mapping[str, str]:
    """The texts of the offline page by msgid, its own in the place of the common ones."""
    source = (WEB / "locale" / f"{language}.po").read_text("utf-8")
    texts = {msgid: text.replace('\\"', '"') for msgid, text in _ENTRY.findall(source)}
    own = {msgid: text for msgid, text in texts.items() if msgid.startswith(_INSTEAD)}
    return texts | {msgid.removeprefix(_INSTEAD): text for msgid, text in own.items()}


def page_of(authority: Authority, *, key_set: bytes | None = None) -> str:
    """The page that an authority would fill in, whether or not its key set is in force."""
    values = {
        "ROOT_KEY": encode_verifier_key(ROOT_NAME, authority.root_key),
        "KEY_SET": encode_base64url(authority.published if key_set is None else key_set),
        "HOTLINE": "12339",
        "MAX_FILES": "3",
        "MAX_FILE_BYTES": "100000",
    }
    template = TEMPLATE.read_text("utf-8")
    return _PLACE.sub(lambda match: html.escape(values.get(match[1], "")), template)


def authority_at(now: datetime) -> Authority:
    """An authority whose key set begins an hour before an instant and lasts 13 days."""
    return make_authority("offline", now=now.replace(microsecond=0))


@dataclass
class OfflineForm(ReportForm):
    """One visit to the page on a disk."""

    def texts(self) -> Mapping[str, str]:
        """What this page says."""
        return offline_catalogue(self.language)

    def seal(self) -> None:
        """Seal, and wait for the receipt code."""
        self.button("check.send").click()
        self.heading("code.heading").wait_for()

    def keep_code(self) -> None:
        """Say that the code is kept, and go on to the file."""
        self.tick("code.kept")
        self.onward()
        self.heading("offline.file.heading").wait_for()

    def save_link(self) -> Locator:
        """What saves the file."""
        return self.page.get_by_role("link", name=self.t("offline.save"), exact=True)

    def save(self, folder: Path) -> Path:
        """Save the sealed file; where it lies."""
        with self.page.expect_download() as waiting:
            self.save_link().click()
        path = folder / waiting.value.suggested_filename
        waiting.value.save_as(path)
        return path
