"""`make bench`: measures what was promised and prints it beside its limit and its goal.

Nothing fails when a figure falls short: a shared machine is no judge. Names of sections after
`python -m deploy.bench` run only those.
"""

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from deploy.bench import (
    attachments,
    ceremonies,
    client_upload,
    file_sealing,
    mailboxes,
    opening,
    page,
    sealing,
    slot_timing,
    stream,
    submitting,
    uploading,
)
from deploy.bench.figures import Figure, print_figures, write_figures
from deploy.bench.throw_away import found_authority, seal_reports

VAR = Path(__file__).resolve().parents[2] / "var"
RESULTS = VAR / "bench.json"
REPORTS = 100


def _opening() -> list[Figure]:
    authority = found_authority("http://127.0.0.1:8080")
    return opening.measure(authority, seal_reports(authority.key_set, REPORTS))


SECTIONS: Mapping[str, Callable[[], list[Figure]]] = {
    "opening": _opening,
    "files": lambda: [*stream.measure(), *stream.measure_attachment(VAR)],
    "upload-client": lambda: client_upload.measure(VAR),
    "attachments": lambda: attachments.measure(VAR),
    "sealing": sealing.measure,
    "page": lambda: page.measure(VAR),
    "browser-files": lambda: file_sealing.measure(VAR),
    "ceremonies": ceremonies.measure,
    "server": lambda: submitting.measure(VAR),
    "uploads": lambda: uploading.measure(VAR),
    "mailboxes": lambda: mailboxes.measure(VAR),
    "slot timing": lambda: slot_timing.measure(VAR),
}


def main() -> None:
    """Run the sections that were named, or all."""
    VAR.mkdir(exist_ok=True)
    wanted = sys.argv[1:] or list(SECTIONS)
    figures: list[Figure] = []
    begun = time.monotonic()
    for name in wanted:
        measured = SECTIONS[name]()
        print_figures(name, measured)
        figures += measured
    write_figures(RESULTS, figures)
    print(f"\n{len(figures)} figures in {time.monotonic() - begun:.0f} s: {RESULTS}")


if __name__ == "__main__":
    main()
