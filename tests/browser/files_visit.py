"""Files on the report page as a person adds them, and the desk that opens them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, expect

from crypto.custody.opening import open_file
from crypto.wire.codec import decode_base64url, encode_base64url
from crypto.wire.files import Upload, bucket_bytes, file_digest, part_hash
from tests.browser.console_visit import SCREENSHOTS
from tests.browser.mailbox_visit import AnsweringDesk
from tests.browser.report_form import ReportForm
from triage.courier.https import Courier
from triage.workstation.home import Home
from triage.workstation.keyring import unlock

MAX_PART_BYTES = 2**22
PROGRESS_WITHIN_MS = 20_000


@dataclass
class FilesVisit:
    """One visit that adds files."""

    form: ReportForm

    def to_files(self) -> None:
        """From the start to the files question."""
        form = self.form
        form.begin()
        form.to_narrative()
        form.box("narrative.label").fill("a heron")
        form.onward()
        form.onward()
        form.page.get_by_label(form.t("where.region")).select_option("unknown")
        form.onward()
        form.onward()
        form.tick("how.saw")
        form.onward()
        form.onward()
        form.heading("files.heading").wait_for()
        form.page.locator("input[type=file]").wait_for(state="attached")

    def choose_files(self, *files: Path) -> None:
        """Choose files in the browser's own dialogue."""
        self.form.page.locator("input[type=file]").set_input_files(files)

    def add(self, *files: Path) -> None:
        """Choose files, and wait until each has been looked at."""
        self.choose_files(*files)
        named = self.form.page.get_by_role("checkbox", name=re.compile(re.escape(files[-1].name)))
        expect(named).to_be_visible()
        expect(self.form.page.get_by_text(self.form.t("files.looking"))).to_have_count(0)

    def card(self, number: int) -> Locator:
        """What is shown of one file."""
        return self.form.page.locator(".file").nth(number - 1)

    def send_as_it_is(self) -> None:
        """Decide so for every file that asks."""
        for box in self.form.page.get_by_role(
            "checkbox", name=self.form.t("files.cannot.send"), exact=True
        ).all():
            box.check()

    def keep_name(self, number: int) -> None:
        """Let the name of one file go along."""
        self.form.page.locator(f"#file-{number}-name").check()

    def to_check(self, limits: str) -> None:
        """From the files question to the check page; `limits` tells the report from others."""
        form = self.form
        form.onward()
        for msgid in ("urgency", "elsewhere"):
            form.heading(f"{msgid}.heading").wait_for()
            form.onward()
        form.box("limits.label").fill(limits)
        form.onward()
        form.heading("anonymity.heading").wait_for()
        form.onward()
        form.onward()
        form.onward()
        form.tick("truth.tick")
        form.onward()
        form.heading("check.heading").wait_for()

    def status(self) -> Locator:
        """What the sending screen says of the state."""
        return self.form.page.locator(".upload-status")

    def wait_for_progress(self) -> None:
        """Wait until the server holds some part."""
        bar = self.form.page.locator("#files-bar")
        expect(bar).not_to_have_js_property("value", 0, timeout=PROGRESS_WITHIN_MS)

    def count(self, ending: str) -> int:
        """How many requests went to a path."""
        return sum(address.endswith(ending) for address in self.form.seen)

    def picture(self, name: str) -> None:
        """Keep a picture of the whole page."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.form.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def exported_files(desk: AnsweringDesk, ref: str, folder: Path) -> list[bytes]:
    """What `triage export` writes of the files of a case, in their order."""
    out = folder / "exported"
    desk.triage("fetch", ref)
    desk.triage("export", ref, "--out", str(out))
    found = [file for file in sorted(out.rglob("*")) if re.match(r"file-?0*\d+", file.name)]
    return [file.read_bytes() for file in found if file.is_file()]


@dataclass(frozen=True)
class FilingDesk:
    """The triage desk of the demonstration, as the library lets it open files."""

    demo: Mapping[str, Any]

    def newest_files(self, limits: str) -> list[Mapping[str, Any]]:
        """The file entries of the report with these handling limits."""
        desk = AnsweringDesk(self.demo)
        desk.triage("sync")
        reports = [desk.triage("show", item["ref"])["report"] for item in desk.triage("list")]
        (found,) = [report for report in reports if report.get("handling_limits") == limits]
        return list(found["files"])

    def open(self, entry: Mapping[str, Any]) -> bytes:
        """Fetch the parts of a file, check its digest, open it and cut it to its size."""
        capability = decode_base64url(entry["upload"])
        upload = Upload(capability, bucket_bytes(entry["size_bytes"]))
        parts = [self._part(upload.part_id(index)) for index in range(upload.part_count)]
        assert encode_base64url(file_digest([part_hash(part) for part in parts])) == entry["digest"]
        sealed = bytearray(b"".join(parts))

        def read(most_bytes: int) -> bytes:
            piece = bytes(sealed[:most_bytes])
            del sealed[:most_bytes]
            return piece

        opened = b"".join(open_file(decode_base64url(entry["key"]), read))
        return opened[: entry["size_bytes"]]

    def _part(self, part_id: bytes) -> bytes:
        officer = self.demo["officers"][0]
        passphrase = Path(officer["passphrase_file"]).read_text().strip().encode()
        return Courier(self.demo["server_url"]).signed(
            "POST",
            "/desk/v1/parts/read",
            signer=unlock(Home(Path(officer["home"])), passphrase),
            instance=AnsweringDesk(self.demo).key_set().instance_id,
            body=part_id,
            max_bytes=MAX_PART_BYTES,
        )
