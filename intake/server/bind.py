"""Try the listening address before gunicorn does, which tries five times and then says little."""

# gunicorn ships no types, and the separate stubs lag behind its releases.
# mypy: disable-error-code="import-untyped, no-untyped-call"

import errno
import socket
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from gunicorn.util import parse_address

from intake.server.config import ConfigError

# With one of these the sockets are there already: systemd's, or of a gunicorn that re-executes.
_INHERITED: Final = ("LISTEN_FDS", "GUNICORN_FD")
_REASONS: Final[Mapping[int, str]] = MappingProxyType(
    {
        errno.EADDRINUSE: "something else listens there already",
        errno.EADDRNOTAVAIL: "not an address of this machine",
        errno.ENOENT: "the socket's folder is missing",
        errno.ENOTDIR: "the socket's folder is missing",
        errno.EACCES: "this user may not listen there",
        errno.EPERM: "this user may not listen there",
    }
)
_PATIENCE_SECONDS: Final = 1.0


def probe_bind(bind: str, environment: Mapping[str, str]) -> None:
    """Listen at an address for a moment.

    Args:
        bind: As in the settings.
        environment: Where systemd says that it has made the socket; then nothing is tried.

    Raises:
        ConfigError: Nobody can listen there.
    """
    if any(environment.get(name) for name in _INHERITED):
        return
    try:
        address: str | int | tuple[str, int] = parse_address(bind)
        if isinstance(address, tuple):
            _probe_port(*address)
        else:
            _probe_unix(str(address))
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, "nobody can listen there")
        raise ConfigError("bind", reason) from None
    except (RuntimeError, ValueError):
        raise ConfigError("bind", "want ADDRESS:PORT or unix:/path") from None


def _probe_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        probe.listen(1)


def _probe_unix(path: str) -> None:
    file = Path(path)
    if file.exists():
        _clear_dead_socket(file)
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.bind(path)
        except OSError as error:
            if error.errno is None:
                raise ConfigError("bind", "the socket's path is too long") from None
            raise
        file.unlink()


def _clear_dead_socket(file: Path) -> None:
    """Remove a socket that nobody listens at; gunicorn would take over a living one as well."""
    if not file.is_socket():
        raise ConfigError("bind", "there is a file at the socket's path")
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(_PATIENCE_SECONDS)
        try:
            caller.connect(str(file))
        except ConnectionRefusedError:
            file.unlink()
        else:
            raise OSError(errno.EADDRINUSE, "")
