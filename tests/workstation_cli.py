"""The `triage` command, run as an officer of the demonstration."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

WITHIN_SECONDS = 60


def triage(officer: Mapping[str, Any], *arguments: str) -> Any:  # noqa: ANN401 - JSON of any shape
    """Run a command as this officer; what `--json` printed.

    Args:
        officer: one of the officers that `demo.json` lists.
        arguments: the command and its arguments.
    """
    done = subprocess.run(
        [sys.executable, "-m", "triage.cli", *arguments, "--json"],
        env={
            **os.environ,
            "TRIAGE_HOME": officer["home"],
            "TRIAGE_PASSPHRASE_FILE": officer["passphrase_file"],
        },
        capture_output=True,
        text=True,
        timeout=WITHIN_SECONDS,
        check=True,
    )
    return json.loads(done.stdout)
