"""Where the demo keeps what: one folder for each address, each with an authority of its own.

Reports are bound to the address that they were filed at, so another address begins anew.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from crypto.errors import MalformedTextError
from crypto.wire.instance import parse_origin

REPOSITORY: Final = Path(__file__).resolve().parents[2]
FOLDER_VARIABLE: Final = "SEALED_INTAKE_DEMO"  # Another place than var/demo/, for tests.
DEMO_FOLDER: Final = Path(os.environ.get(FOLDER_VARIABLE) or REPOSITORY / "var" / "demo")
DEFAULT_BIND: Final = "127.0.0.1:8080"
DEFAULT_CONSOLE_PORT: Final = 8090
MAX_PORT: Final = 65535
_ANY_ADDRESS: Final = frozenset({"0.0.0.0", ""})  # noqa: S104 - read from the setting, not bound
_HTTP_PORT: Final = 80


class DemoError(Exception):
    """The demo can't start; the message says why in one line."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths and addresses of one demo.

    Attributes:
        bind: what the server listens on.
        origin: what browsers and consoles connect to.
    """

    bind: str
    host: str
    port: int
    origin: str
    console_port: int
    folder: Path
    data_dir: Path

    @property
    def authority(self) -> Path:
        """The offline machine's folder."""
        return self.folder / "authority"

    @property
    def published(self) -> Path:
        """Key sets as the authority hands them out."""
        return self.folder / "published"

    @property
    def offline_page(self) -> Path:
        """The page that seals without a network; its note lies beside it."""
        return self.folder / "offline.html"

    @property
    def officers(self) -> Path:
        """One folder for each officer."""
        return self.folder / "officers"

    @property
    def passphrases(self) -> Path:
        """One file for each passphrase; a demo keeps them, nobody else should."""
        return self.folder / "passphrases"

    @property
    def root_key(self) -> Path:
        """The root's verifier key."""
        return self.authority / "root.pub"

    @property
    def description(self) -> Path:
        """What scripts read; of the demo that was started last."""
        return DEMO_FOLDER / "demo.json"


def _split_bind(bind: str) -> tuple[str, int]:
    host, colon, port = bind.rpartition(":")
    if not colon or bind.startswith("unix:") or not (port.isascii() and port.isdigit()):
        raise DemoError("INTAKE_BIND: the demo wants ADDRESS:PORT")
    if not 1 <= int(port) <= MAX_PORT:
        raise DemoError("INTAKE_BIND: no such port")
    return host, int(port)


def _console_port(environment: Mapping[str, str]) -> int:
    text = environment.get("TRIAGE_CONSOLE_PORT", str(DEFAULT_CONSOLE_PORT))
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= MAX_PORT:
        raise DemoError("TRIAGE_CONSOLE_PORT: no such port")
    return int(text)


def read_layout(environment: Mapping[str, str] = os.environ) -> Layout:
    """Addresses from the environment, as EXAM names them, and the folders that belong to them.

    Raises:
        DemoError: an address that the demo can't serve.
    """
    bind = environment.get("INTAKE_BIND", DEFAULT_BIND)
    host, port = _split_bind(bind)
    reached = "127.0.0.1" if host in _ANY_ADDRESS else host
    try:
        origin = parse_origin(
            f"http://{reached}" if port == _HTTP_PORT else f"http://{reached}:{port}"
        )
    except MalformedTextError:
        raise DemoError("INTAKE_BIND: the demo wants an IPv4 address or a host name") from None
    folder = DEMO_FOLDER / f"{reached}-{port}"
    return Layout(
        bind=bind,
        host=host,
        port=port,
        origin=origin,
        console_port=_console_port(environment),
        folder=folder,
        data_dir=Path(environment.get("INTAKE_DATA_DIR") or folder / "server").absolute(),
    )
