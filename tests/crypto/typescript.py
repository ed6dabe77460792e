"""The TypeScript side, bundled once, answering lists of jobs.

`intake/web/src/tests/cross_main.ts` says what jobs there are.
"""

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

_WEB: Final = Path(__file__).parents[2] / "intake" / "web"


Job = Mapping[str, Any]


Ask = Callable[[Sequence[Job]], list[dict[str, Any]]]


def command(folder: Path, program: str) -> list[str]:
    """Bundle a program of `intake/web/src/tests/` into `folder`; the command that runs it."""
    bundle = folder / f"{program}.mjs"
    source = _WEB / "src" / "tests" / f"{program}.ts"
    subprocess.run(
        [
            str(_WEB / "node_modules" / ".bin" / "esbuild"),
            str(source),
            *("--bundle", "--platform=node", "--format=esm", f"--outfile={bundle}"),
            "--log-level=error",
        ],
        check=True,
    )
    return [shutil.which("node") or "node", str(bundle)]


def bundled(folder: Path) -> Ask:
    """Bundle the TypeScript side into `folder`; what comes back takes jobs."""
    run = command(folder, "cross_main")

    def answer(jobs: Sequence[Job]) -> list[dict[str, Any]]:
        done = subprocess.run(run, input=json.dumps(jobs).encode(), capture_output=True, check=True)
        answers: list[dict[str, Any]] = json.loads(done.stdout)
        return answers

    return answer
