"""Write the requirements files: exact versions with digests, no registry named.

The files hold for every platform and every Python from 3.11 on.
"""

import subprocess
import sys
from pathlib import Path

# File name, then what of pyproject.toml goes into it. The development file comes second and is
# resolved under the first, so that tests run on the versions that are served.
LOCKS: dict[str, list[str]] = {
    "requirements.lock": ["pyproject.toml"],
    "requirements-dev.lock": ["pyproject.toml", "--extra", "dev", "-c", "requirements.lock"],
    "requirements-build.lock": ["--group", "build"],
    "requirements-node.lock": ["--group", "node"],
}

FORM = [
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--upgrade",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--custom-compile-command=make lock",
    "--quiet",
]


def main() -> None:
    """Resolve every file anew."""
    uv = Path(sys.executable).parent / "uv"
    for name, sources in LOCKS.items():
        subprocess.run([uv, "pip", "compile", *sources, *FORM, "--output-file", name], check=True)


if __name__ == "__main__":
    main()
