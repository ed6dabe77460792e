"""200 reporters look into their mailboxes at once while 50 submit (issue 3).

The generator is a process of its own on the same machine and shares its cores with the server, so
the times are upper bounds of what the server does.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Final

import urllib3

from crypto.custody.reporter import Contents, seal_submission
from crypto.wire.slots import PREIMAGE_BYTES
from deploy.bench.crowd import WINDOWS
from deploy.bench.figures import Figure, bounded
from deploy.bench.services import Service, intake_server
from deploy.bench.throw_away import Authority, report_content, reporter_keys

REPORTERS: Final = 200
SUBMITTERS: Final = 50
VISITS: Final = 3  # of each reporter; as many reports of each submitter
SECONDS: Final = 90  # nobody begins anything after that
KNOWN: Final = 20


def measure(var: Path) -> list[Figure]:
    """One worker with its default threads.

    Args:
        var: on the disk that is to be measured.
    """
    with (
        tempfile.TemporaryDirectory(dir=var, prefix="bench-") as folder,
        intake_server(Path(folder), workers=1, limiter_url="memory://") as (service, authority),
    ):
        filed = _file_reports(service, authority)
        command = (sys.executable, "-m", "deploy.bench.crowd", str(service.port), str(REPORTERS))
        done = subprocess.run(
            (*command, str(VISITS), str(SUBMITTERS), str(SECONDS)),
            input=b"".join(filed),
            stdout=subprocess.PIPE,
            check=True,
        )
    result = json.loads(done.stdout)
    visits, submissions = result["visits"], result["submissions"]
    return [
        bounded(
            f"{REPORTERS} mailboxes and {SUBMITTERS} submitters at once: errors",
            result["errors"] + result["left"],
            unit="",
            goal=0,
        ),
        Figure("  requests a second", _requests(result) / result["taken"], "/s"),
        Figure(f"  a visit of {WINDOWS} requests, median", _percentile(visits, 50), "s"),
        Figure("  a visit, p99", _percentile(visits, 99), "s"),
        Figure("  a submission, median", _percentile(submissions, 50), "s"),
        Figure("  a submission, p99", _percentile(submissions, 99), "s"),
    ]


def _requests(result: dict[str, list[float]]) -> int:
    return len(result["visits"]) * WINDOWS + len(result["submissions"])


def _percentile(values: Sequence[float], percent: int) -> float:
    return values[min(len(values) * percent // 100, len(values) - 1)]


def _file_reports(service: Service, authority: Authority) -> list[bytes]:
    """Reports that lie there: each with the preimage of its acknowledgement.

    Raises:
        RuntimeError: the server does not take one.
    """
    filed = []
    for _ in range(KNOWN):
        keys = reporter_keys(authority.key_set)
        raw = seal_submission(keys, Contents(report=report_content()), authority.key_set).raw
        answer = urllib3.request(
            "POST",
            f"http://127.0.0.1:{service.port}/api/v1/submissions",
            body=raw,
            headers={"Content-Type": "application/octet-stream"},
        )
        if answer.status != HTTPStatus.CREATED:
            raise RuntimeError("a report was not taken")
        preimage = keys.acknowledgement(0).preimage
        filed.append(raw + preimage.ljust(PREIMAGE_BYTES))
    return filed
