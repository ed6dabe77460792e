"""The key sets that this server knows: a verified chain of files in `DATA_DIR/key-sets`.

`NNNNNN.json` is a published key set (SPEC 13.6), `NNNNNN.officers` its officers note (13.5). They
are put there by `intake install-key-set`; a newer one is noticed while the server runs.
"""

import gzip
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from crypto.errors import SealedIntakeError
from crypto.signing.trust import (
    KeySetMemory,
    accept_key_set,
    accept_officers,
    verify_key_set,
    verify_officers,
)
from crypto.wire.key_set import KeySet, parse_key_set
from crypto.wire.officers import Officer, parse_officers
from crypto.wire.signed_note import ROOT_NAME, parse_verifier_key
from intake.server.errors import StartError
from intake.server.secret_files import prepare_folder, write_once

KEY_SET_FOLDER: Final = "key-sets"
SECONDS_BETWEEN_LOOKS: Final = 2.0
_LOGGER: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Installed:
    """One verified version, with the bytes as they are handed out.

    Attributes:
        gzipped: `raw` compressed; it is public and the same for everyone.
        officers_note: Empty where only the public face is served and none was installed.
        officers: By officer id (SPEC 4.4).
    """

    key_set: KeySet
    raw: bytes
    gzipped: bytes
    officers_note: str
    officers: Mapping[bytes, Officer]


@dataclass(frozen=True, slots=True)
class _Chain:
    versions: tuple[Installed, ...] = ()
    memory: KeySetMemory | None = None


def read_root_key(setting: str) -> bytes:
    """The pinned root key from its verifier key text, or from a file that holds it.

    Raises:
        StartError: It is neither.
    """
    text = setting
    if "+" not in setting:
        try:
            text = Path(setting).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            raise StartError("root_key (INTAKE_ROOT_KEY): the file cannot be read") from None
    try:
        return parse_verifier_key(text, ROOT_NAME)
    except SealedIntakeError:
        raise StartError("root_key (INTAKE_ROOT_KEY): not a root verifier key") from None


def _extend(chain: _Chain, raw: bytes, officers_note: str, root_key: bytes) -> _Chain:
    """Add the next version to a chain.

    Raises:
        SealedIntakeError: It is not signed by this root or does not continue the chain.
    """
    key_set = verify_key_set(parse_key_set(raw), root_key, now=None)
    memory = accept_key_set(chain.memory, key_set)
    officers: dict[bytes, Officer] = {}
    if officers_note:
        note = verify_officers(parse_officers(officers_note), key_set)
        memory = accept_officers(memory, note)
        officers = {officer.officer_id: officer for officer in note.officers}
    gzipped = gzip.compress(raw, compresslevel=9, mtime=0)
    installed = Installed(key_set, raw, gzipped, officers_note, officers)
    if chain.versions and chain.versions[-1].key_set.version == key_set.version:
        return chain
    return _Chain((*chain.versions, installed), memory)


def _paths(data_dir: Path, version: int) -> tuple[Path, Path]:
    folder = data_dir / KEY_SET_FOLDER
    return folder / f"{version:06}.json", folder / f"{version:06}.officers"


def _read_next(data_dir: Path, version: int) -> tuple[bytes, str] | None:
    key_set_file, officers_file = _paths(data_dir, version)
    try:
        raw = key_set_file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError:
        raise StartError("key-sets: a file cannot be read") from None
    try:
        return raw, officers_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return raw, ""


def _load(data_dir: Path, root_key: bytes) -> _Chain:
    chain = _Chain()
    first = min((int(p.stem) for p in (data_dir / KEY_SET_FOLDER).glob("[0-9]*.json")), default=0)
    version = first
    while (found := _read_next(data_dir, version)) is not None:
        try:
            chain = _extend(chain, *found, root_key)
        except SealedIntakeError as error:
            raise StartError(f"key-sets/{version:06}: {type(error).__name__}") from None
        version += 1
    return chain


def install_key_set(data_dir: Path, root_key: bytes, raw: bytes, officers_note: str) -> int:
    """Verify a key set against the root and the chain, and put it where the server looks.

    Returns:
        Its version.

    Raises:
        SealedIntakeError: It is refused.
        StartError: The folder cannot be read or written.
    """
    prepare_folder(data_dir)
    prepare_folder(data_dir / KEY_SET_FOLDER)
    chain = _extend(_load(data_dir, root_key), raw, officers_note, root_key)
    version = chain.versions[-1].key_set.version
    key_set_file, officers_file = _paths(data_dir, version)
    # The officers first: who sees the key set must find them. What lies there without its key set
    # is left from an installation that was cut short.
    if not key_set_file.exists():
        officers_file.unlink(missing_ok=True)
    write_once(officers_file, officers_note.encode())
    write_once(key_set_file, raw)
    return version


@dataclass(slots=True)
class KeySets:
    """The chain in memory, extended when a newer file appears.

    Attributes:
        clock: Gives the present instant, aware UTC.
    """

    data_dir: Path
    root_key: bytes
    clock: Callable[[], datetime]
    _chain: _Chain = field(default_factory=_Chain, init=False, repr=False)
    _looked_at: float = field(default=0.0, init=False, repr=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def load(self) -> None:
        """Read and verify all files.

        Raises:
            StartError: There is none, or one is not of this root and chain.
        """
        self._chain = _load(self.data_dir, self.root_key)
        self._looked_at = time.monotonic()
        if not self._chain.versions:
            raise StartError("key-sets: none installed; see 'intake install-key-set'")

    def newest(self) -> Installed:
        """The newest version, whether or not its time is over."""
        self._look()
        return self._chain.versions[-1]

    def find(self, version: int) -> Installed | None:
        """A version of the chain, or None."""
        self._look()
        chain = self._chain.versions
        index = version - chain[0].key_set.version
        return chain[index] if 0 <= index < len(chain) else None

    def is_current(self) -> bool:
        """Whether the newest version is in force, so that reporters can seal to it."""
        return self.clock() < self.newest().key_set.body.valid_until

    def accepts(self, version: int, late: timedelta) -> bool:
        """Whether submissions sealed to that version are still taken.

        Args:
            version: Of the key set.
            late: For how long after its time is over.
        """
        installed = self.find(version)
        return installed is not None and self.clock() < installed.key_set.body.valid_until + late

    def _look(self) -> None:
        if time.monotonic() - self._looked_at < SECONDS_BETWEEN_LOOKS:
            return
        if not self._turn.acquire(blocking=False):
            return  # Another thread is looking.
        try:
            self._extend_while_newer()
        except (SealedIntakeError, StartError) as error:
            # The last good version stays; the key set is public, but even so only the kind is said.
            _LOGGER.warning("key set refused", exc_info=error)
        finally:
            self._looked_at = time.monotonic()
            self._turn.release()

    def _extend_while_newer(self) -> None:
        while True:
            newest = self._chain.versions[-1].key_set
            found = _read_next(self.data_dir, newest.version + 1)
            if found is None:
                return
            self._chain = _extend(self._chain, *found, self.root_key)
            if self._chain.versions[-1].key_set.instance_id != newest.instance_id:
                raise StartError("key-sets: another origin")
