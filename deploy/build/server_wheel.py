"""Build the wheel that servers install: no opening code, no client, the built pages inside.

A server that was broken into cannot be made to open anything with code that was never on it. The
wheel is built in a folder of its own, from copies of exactly the packages below, so that nothing
else can slip in; what the wheel then holds is checked once more.
"""

import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "dist"

# All that the server may import of crypto/; `custody` holds the opening code.
CRYPTO_PARTS = ("__init__.py", "py.typed", "errors.py", "wire", "sealing", "signing")

# The client seals, and opens the answers; a server does neither.
LEFT_OUT_OF_INTAKE = ("client",)

# Of the pages a server needs what was built, not what they are built from.
KEPT_OF_WEB = ("__init__.py", "BUNDLE_DIGEST", "dist")

# SQLCipher is for the console's register, urllib3 for those who call a server.
NOT_FOR_SERVERS = ("pillow", "pypdfium2", "sqlcipher3-wheels", "urllib3")

FORBIDDEN_IN_WHEEL = ("crypto/custody", "intake/client", "triage/", "deploy/", "tests/")
NEEDED_IN_WHEEL = (
    "crypto/__init__.py",
    "intake/server/__init__.py",
    "intake/web/dist/manifest.json",
)

PYPROJECT = """\
[build-system]
requires = {build_requires}
build-backend = "setuptools.build_meta"

[project]
name = "sealed-intake-server"
version = "{version}"
description = "The blind mailbox of sealed-intake: receives what it cannot open"
requires-python = "{requires_python}"
license = "AGPL-3.0-or-later"
license-files = ["LICENSE"]
dependencies = {dependencies}

[project.scripts]
intake = "intake.cli:main"

[tool.setuptools.packages.find]
include = ["crypto*", "intake*"]
exclude = ["intake.web.*"]

[tool.setuptools.package-data]
"*" = {package_data}
"intake.web" = ["dist/**"]
"""


def main() -> None:
    """Build `dist/sealed_intake_server-*.whl` and print its path."""
    with tempfile.TemporaryDirectory(prefix="server-wheel-") as folder:
        stage = Path(folder)
        copy_sources(stage)
        (stage / "pyproject.toml").write_text(render_pyproject(), encoding="utf-8")
        wheel = build_wheel(stage)
    check_contents(wheel)
    print(wheel.relative_to(ROOT))


def copy_sources(stage: Path) -> None:
    """Copy what the wheel is made of, and nothing else, into `stage`."""
    (stage / "crypto").mkdir()
    for part in CRYPTO_PARTS:
        source = ROOT / "crypto" / part
        if source.is_dir():
            shutil.copytree(source, stage / "crypto" / part, ignore=left_out)
        else:
            shutil.copy2(source, stage / "crypto" / part)
    shutil.copytree(ROOT / "intake", stage / "intake", ignore=left_out)
    shutil.copy2(ROOT / "LICENSE", stage / "LICENSE")


def left_out(folder: str, names: list[str]) -> set[str]:
    """Say which entries of one folder are not copied."""
    out = {name for name in names if name == "__pycache__"}
    if Path(folder) == ROOT / "intake":
        out |= {name for name in names if name in LEFT_OUT_OF_INTAKE}
    if Path(folder) == ROOT / "intake" / "web":
        out |= {name for name in names if name not in KEPT_OF_WEB}
    return out


def render_pyproject() -> str:
    """Write the wheel's own project file from the repository's."""
    whole = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = whole["project"]
    return PYPROJECT.format(
        build_requires=whole["build-system"]["requires"],
        version=project["version"],
        requires_python=project["requires-python"],
        dependencies=[
            need for need in project["dependencies"] if not need.startswith(NOT_FOR_SERVERS)
        ],
        package_data=whole["tool"]["setuptools"]["package-data"]["*"],
    )


def build_wheel(stage: Path) -> Path:
    """Run the build back end on `stage`; returns the wheel in `dist/`."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir"]
    with tempfile.TemporaryDirectory(prefix="server-wheel-") as out:
        subprocess.run([*pip, "wheel", *options, out, str(stage)], check=True)
        [built] = Path(out).glob("sealed_intake_server-*.whl")
        DIST.mkdir(exist_ok=True)
        return Path(shutil.copy2(built, DIST / built.name))


def check_contents(wheel: Path) -> None:
    """Refuse a wheel that carries what a server must not have, or lacks its pages."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    unwanted = [name for name in names if name.startswith(FORBIDDEN_IN_WHEEL)]
    lacking = [name for name in NEEDED_IN_WHEEL if name not in names]
    if unwanted or lacking:
        wheel.unlink()
        sys.exit(f"server wheel: holds {unwanted or 'nothing wrong'}, lacks {lacking or 'nothing'}")


if __name__ == "__main__":
    main()
