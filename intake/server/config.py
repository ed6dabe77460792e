"""Settings of the server: parsed once, frozen, refused with one line when anything is wrong.

Source: a TOML file of flat keys, each overridable by the environment variable `INTAKE_<KEY>`.
"""

import ipaddress
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from limits import parse_many
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

ENVIRONMENT_PREFIX: Final = "INTAKE_"
CONFIG_VARIABLE: Final = "INTAKE_CONFIG"  # The TOML file, where no command line can name it.
MAX_WORKERS: Final = 64
MAX_THREADS: Final = 256
MAX_KEY_SET_VERSION: Final = 2**32 - 1
MAX_PORT: Final = 65535
MAX_BYTES: Final = 2**40  # Of anything whose size may be set.
MAX_FILES: Final = 100  # SPEC 22.1
MAX_LATE_DAYS: Final = 400  # As long as a directory certificate at most.
MEMORY_LIMITER: Final = "memory://"
LEAVE_TO_NOWHERE: Final = "about:blank"
DATABASE_SCHEMES: Final = ("sqlite", "postgresql", "postgresql+psycopg")
LIMITER_SCHEMES: Final = ("redis", "rediss", "redis+unix", "valkey", "valkeys", "valkey+unix")
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_PORT: Final = re.compile(r"[0-9]{1,5}")
_ORIGIN: Final = re.compile(r"https?://[a-z0-9.-]{1,253}(:[0-9]{1,5})?")


class ConfigError(Exception):
    """A setting is missing, unknown, malformed or contradictory; the message names its key."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"{key} ({ENVIRONMENT_PREFIX}{key.upper()}): {reason}")
        self.key = key


class Face(StrEnum):
    """A part of the server that can run as a process of its own."""

    PUBLIC = "public"
    DESK = "desk"
    VAULT = "vault"


@dataclass(frozen=True, slots=True)
class PageText:
    """What the static page shows of this authority; filled in once, at start."""

    api_origin: str
    minimum_version: int
    max_files: int
    max_file_bytes: int
    body_name_zh: str
    body_name_en: str
    fingerprint_published_zh: str
    fingerprint_published_en: str
    hotline: str
    leave_url: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Rates in the spelling of `limits`, such as `120 per minute`; several joined by `;`."""

    submissions: str
    slots: str
    parts: str
    officers: str
    shared: str


@dataclass(frozen=True, slots=True)
class FileLimits:
    """How much of files is taken.

    Attributes:
        max_file_bytes: Of one file before it is sealed; its bucket counts (SPEC 17.1).
        max_delivery_bytes: Of a sealed report that a form delivers, its files included.
        reserve_bytes: Room on the disk that is left to reports.
    """

    max_file_bytes: int
    max_delivery_bytes: int
    reserve_bytes: int


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the server may be told; nothing else reads settings from file or environment."""

    data_dir: Path
    database_url: str
    vault_database_url: str
    parts_database_url: str
    limiter_url: str
    bind: str
    workers: int
    threads: int
    faces: frozenset[Face]
    root_key: str
    client_header: str
    late_days: int
    limits: Limits
    files: FileLimits
    page: PageText


DEFAULTS: Final[Mapping[str, str]] = {
    "data_dir": "",
    "database_url": "",
    "vault_database_url": "",
    "parts_database_url": "",
    "limiter_url": MEMORY_LIMITER,
    "bind": "127.0.0.1:8080",
    "workers": "1",
    "threads": "16",
    "faces": "public,desk,vault",
    "root_key": "",
    "client_header": "",
    "limit_submissions": "120 per minute",
    "limit_slots": "600 per minute",
    # 2.4 GiB a minute.
    "limit_parts": "1200 per minute",
    "limit_officers": "1200 per minute",
    # One bucket for all who have no address of their own: onion service, Unix socket, loopback.
    "limit_shared": "3000 per minute",
    "max_file_bytes": str(4 * 2**30),
    "max_files": "20",
    "max_delivery_bytes": str(2**30),
    "parts_reserve_bytes": str(2**30),
    # Reports that were sealed to a file come later than those that a page sends.
    "late_days": "30",
    "api_origin": "",
    "minimum_version": "1",
    "body_name_zh": "",
    "body_name_en": "",
    "fingerprint_published_zh": "",
    "fingerprint_published_en": "",
    "hotline": "12339",
    # Goes nowhere: another site, its name server and whoever watches the line would learn that
    # somebody comes from here at this moment. It also needs no network when speed matters.
    "leave_url": LEAVE_TO_NOWHERE,
}


def load_settings(config_file: Path | None, environment: Mapping[str, str]) -> Settings:
    """Read, merge and check all settings.

    Args:
        config_file: TOML of flat keys as in `DEFAULTS`, or none.
        environment: Process environment; `INTAKE_<KEY>` wins over the file.

    Raises:
        ConfigError: Names the one key that is at fault.
    """
    values = dict(DEFAULTS)
    if config_file is not None:
        values |= _read_file(config_file)
    values |= _read_environment(environment)
    return _parse_settings(values)


def _read_file(config_file: Path) -> dict[str, str]:
    try:
        table = tomllib.loads(config_file.read_text(encoding="utf-8"))
    except OSError:
        raise ConfigError("config", "the file cannot be read") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise ConfigError("config", "the file is not TOML") from None
    return {key: _flat_value(key, value) for key, value in table.items()}


def _flat_value(key: str, value: object) -> str:
    if key not in DEFAULTS:
        raise ConfigError(key, "no such setting")
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ConfigError(key, "want text or a whole number")
    return str(value)


def _read_environment(environment: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in environment.items():
        if not name.startswith(ENVIRONMENT_PREFIX) or name == CONFIG_VARIABLE:
            continue
        key = name.removeprefix(ENVIRONMENT_PREFIX).lower()
        if key not in DEFAULTS or name != name.upper():
            raise ConfigError(key, "no such setting")
        found[key] = value
    return found


def _parse_settings(values: Mapping[str, str]) -> Settings:
    data_dir = _data_dir(values["data_dir"])
    workers = _whole(values, "workers", MAX_WORKERS)
    limiter_url = _limiter_url(values["limiter_url"])
    if workers > 1 and limiter_url == MEMORY_LIMITER:
        raise ConfigError("limiter_url", "several workers need a shared store, not memory")
    database_url, vault_database_url, parts_database_url = _database_urls(values, data_dir)
    return Settings(
        data_dir=data_dir,
        database_url=database_url,
        vault_database_url=vault_database_url,
        parts_database_url=parts_database_url,
        limiter_url=limiter_url,
        bind=_bind(values["bind"]),
        workers=workers,
        threads=_whole(values, "threads", MAX_THREADS),
        faces=_faces(values["faces"]),
        root_key=_root_key(values["root_key"]),
        client_header=_client_header(values["client_header"]),
        late_days=_whole(values, "late_days", MAX_LATE_DAYS, smallest=0),
        limits=_limits(values),
        files=_file_limits(values),
        page=_page_text(values),
    )


def _data_dir(text: str) -> Path:
    if not text:
        raise ConfigError("data_dir", "required: the folder that everything is written under")
    path = Path(text)
    if path.exists() and not path.is_dir():
        raise ConfigError("data_dir", "not a folder")
    return path.absolute()


def _whole(values: Mapping[str, str], key: str, largest: int, *, smallest: int = 1) -> int:
    text = values[key]
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(largest))):
        raise ConfigError(key, f"want a whole number from {smallest} to {largest}")
    if not smallest <= int(text) <= largest:
        raise ConfigError(key, f"want a whole number from {smallest} to {largest}")
    return int(text)


def _file_limits(values: Mapping[str, str]) -> FileLimits:
    return FileLimits(
        max_file_bytes=_whole(values, "max_file_bytes", MAX_BYTES),
        max_delivery_bytes=_whole(values, "max_delivery_bytes", MAX_BYTES),
        reserve_bytes=_whole(values, "parts_reserve_bytes", MAX_BYTES),
    )


def _database_urls(values: Mapping[str, str], data_dir: Path) -> list[str]:
    """The three databases, each one of its own: what lies together can be joined."""
    urls: list[str] = []
    for key, name in (
        ("database_url", "intake"),
        ("vault_database_url", "vault"),
        ("parts_database_url", "parts"),
    ):
        url = _database_url(values, key, data_dir / f"{name}.sqlite")
        if url in urls:
            raise ConfigError(key, "this database is named twice; each needs one of its own")
        urls.append(url)
    return urls


def _database_url(values: Mapping[str, str], key: str, file: Path) -> str:
    text = values[key] or f"sqlite:///{file}"
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ConfigError(key, "not a database URL") from None
    if url.drivername not in DATABASE_SCHEMES:
        raise ConfigError(key, "want sqlite:///FILE or postgresql://…")
    if url.drivername == "sqlite" and (not url.database or url.database == ":memory:"):
        raise ConfigError(key, "a database in memory would lose what it acknowledged")
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    return url.render_as_string(hide_password=False)


def _limiter_url(text: str) -> str:
    if text in {"", "memory", MEMORY_LIMITER}:
        return MEMORY_LIMITER
    if urlsplit(text).scheme not in LIMITER_SCHEMES:
        raise ConfigError("limiter_url", "want memory:// or redis://…")
    return text


def _bind(text: str) -> str:
    if text.startswith("unix:"):
        if len(text) == len("unix:"):
            raise ConfigError("bind", "want unix:/path/to/socket")
        return text
    host, colon, port = text.rpartition(":")
    if not colon or not _PORT.fullmatch(port) or int(port) > MAX_PORT:
        raise ConfigError("bind", "want ADDRESS:PORT or unix:/path")
    try:
        ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        if host != "localhost":
            raise ConfigError("bind", "want an IP address or localhost before the port") from None
    return text


def _faces(text: str) -> frozenset[Face]:
    names = [name.strip() for name in text.split(",")]
    if len(set(names)) != len(names) or not set(names) <= set(Face):
        raise ConfigError("faces", "want some of public,desk,vault, each once")
    return frozenset(Face(name) for name in names)


def _root_key(text: str) -> str:
    if not text:
        raise ConfigError("root_key", "required: the root's verifier key, or a file that holds it")
    return text


def _client_header(text: str) -> str:
    if text and not _HEADER_NAME.fullmatch(text):
        raise ConfigError("client_header", "not a header name")
    return text


def _limits(values: Mapping[str, str]) -> Limits:
    keys = ("limit_submissions", "limit_slots", "limit_parts", "limit_officers", "limit_shared")
    for key in keys:
        try:
            rates = parse_many(values[key])
        except ValueError:
            raise ConfigError(key, "want a rate such as '120 per minute'") from None
        if any(rate.amount < 1 for rate in rates):
            raise ConfigError(key, "a rate of 0 would let nobody in")
    return Limits(
        submissions=values["limit_submissions"],
        slots=values["limit_slots"],
        parts=values["limit_parts"],
        officers=values["limit_officers"],
        shared=values["limit_shared"],
    )


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _page_text(values: Mapping[str, str]) -> PageText:
    if values["api_origin"] and not _ORIGIN.fullmatch(values["api_origin"]):
        raise ConfigError("api_origin", "want http(s)://host[:port] and nothing after it")
    goes_nowhere = values["leave_url"] == LEAVE_TO_NOWHERE
    if not goes_nowhere and not _is_web_address(values["leave_url"]):
        raise ConfigError("leave_url", "want an http or https address, or about:blank")
    return PageText(
        api_origin=values["api_origin"],
        minimum_version=_whole(values, "minimum_version", MAX_KEY_SET_VERSION),
        max_files=_whole(values, "max_files", MAX_FILES),
        max_file_bytes=_whole(values, "max_file_bytes", MAX_BYTES),
        body_name_zh=values["body_name_zh"],
        body_name_en=values["body_name_en"],
        fingerprint_published_zh=values["fingerprint_published_zh"],
        fingerprint_published_en=values["fingerprint_published_en"],
        hotline=values["hotline"],
        leave_url=values["leave_url"],
    )
