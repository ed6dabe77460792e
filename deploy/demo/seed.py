"""`python -m deploy.demo.seed N`: file N generated reports with the running demo.

They go through the real API, sealed and acknowledged one by one. The demo's server has wider
limits than a real one; nothing here gets round them.
"""

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from crypto.errors import SealedIntakeError
from crypto.signing.trust import verify_key_set
from crypto.wire.key_set import parse_key_set
from crypto.wire.signed_note import ROOT_NAME, parse_verifier_key
from deploy.demo.layout import DEMO_FOLDER
from deploy.demo.reports import contents_of
from intake.client.api import Api
from intake.client.errors import ClientError
from intake.client.report import file_report, random_receipt_code

BATCH_REPORTS: Final = 20
TELL_EVERY_SECONDS: Final = 1.0
DEFAULT_REPORTS: Final = 100
MAX_REPORTS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Target:
    """Where reports go and whom they are sealed for."""

    server_url: str
    root_key: bytes


def read_target() -> Target:
    """The demo that runs now, from its description.

    Raises:
        FileNotFoundError: none runs.
    """
    described = json.loads((DEMO_FOLDER / "demo.json").read_bytes())
    text = Path(described["root_key"]).read_text(encoding="ascii")
    root_key = parse_verifier_key(text.strip(), ROOT_NAME)
    return Target(described["server_url"], root_key)


def file_batch(target: Target, numbers: Sequence[int]) -> int:
    """File some reports over one connection; how many.

    Raises:
        SealedIntakeError, ClientError: the first one that is not taken.
    """
    api = Api(target.server_url)
    try:
        raw = parse_key_set(api.key_set())
        key_set = verify_key_set(raw, target.root_key, now=datetime.now(UTC))
        for number in numbers:
            file_report(api, contents_of(number), random_receipt_code(), lambda: key_set)
    finally:
        api.close()
    return len(numbers)


def _batches(start: int, count: int) -> Iterator[range]:
    for first in range(start, start + count, BATCH_REPORTS):
        yield range(first, min(first + BATCH_REPORTS, start + count))


def seed(target: Target, count: int, start: int) -> None:
    """File reports in several processes, telling how far it is.

    Raises:
        SealedIntakeError, ClientError: a report was not taken.
    """
    began_at = told_at = time.monotonic()
    filed = 0
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context) as pool:
        pending: set[Future[int]] = {
            pool.submit(file_batch, target, batch) for batch in _batches(start, count)
        }
        try:
            while pending:
                done, pending = wait(pending, timeout=1, return_when=FIRST_COMPLETED)
                filed += sum(future.result() for future in done)
                if time.monotonic() - told_at >= TELL_EVERY_SECONDS:
                    told_at = time.monotonic()
                    print(f"{filed} of {count}", flush=True)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    seconds = time.monotonic() - began_at
    print(f"{filed} reports filed in {seconds:.1f} s ({filed / seconds:.0f} a second)")


def main(argv: Sequence[str] | None = None) -> int:
    """File the reports."""
    parser = argparse.ArgumentParser(prog="python -m deploy.demo.seed", allow_abbrev=False)
    parser.add_argument("count", nargs="?", type=int, default=DEFAULT_REPORTS, metavar="N")
    parser.add_argument("--start", type=int, default=0, help="number of the first report")
    arguments = parser.parse_args(argv)
    if not 1 <= arguments.count <= MAX_REPORTS or arguments.start < 0:
        parser.error(f"N is 1 to {MAX_REPORTS}")
    try:
        seed(read_target(), arguments.count, arguments.start)
    except FileNotFoundError:
        print("seed: no demo runs; start one with: make run")
        return 1
    except (SealedIntakeError, ClientError) as error:
        print(f"seed: {type(error).__name__}: {error}")
        return 1
    except KeyboardInterrupt:
        print("seed: interrupted")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
