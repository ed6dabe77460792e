"""The offline page that reporters may download, and the authority's note about it (SPEC 13.8).

Both lie in `DATA_DIR/offline-page`, put there by `intake install-offline-page`. The pair is
verified each time that it changed, and handed out only together and in its time; while one file was
replaced and the other not yet, the pair before it stays.
"""

import gzip
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from crypto.errors import SealedIntakeError
from crypto.signing.trust import verify_offline_page
from crypto.wire.offline_page import (
    MAX_OFFLINE_PAGE_BYTES,
    MAX_PUBLISHED_BYTES,
    OfflinePageNote,
    parse_offline_page_note,
)
from intake.server.errors import StartError
from intake.server.key_sets import KeySets
from intake.server.secret_files import prepare_folder, replace_whole

PAGE_NAME: Final = "offline.html"
NOTE_NAME: Final = "offline.html.note"
OFFLINE_FOLDER: Final = "offline-page"
SECONDS_BETWEEN_LOOKS: Final = 2.0
_LOGGER: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class InstalledPage:
    """A verified page with its note, as they are handed out.

    Attributes:
        gzipped: `raw` compressed; it is public and the same for everyone.
        raw_note: as published.
    """

    raw: bytes
    gzipped: bytes
    raw_note: bytes
    note: OfflinePageNote


def _verified(raw: bytes, raw_note: bytes, root_key: bytes, now: datetime) -> InstalledPage:
    note = verify_offline_page(raw, parse_offline_page_note(raw_note), root_key, now=now)
    return InstalledPage(raw, gzip.compress(raw, compresslevel=9, mtime=0), raw_note, note)


def read_limited(path: Path, max_bytes: int) -> bytes:
    """A whole file of at most `max_bytes`.

    Raises:
        FileNotFoundError: There is none.
        StartError: It cannot be read, or is larger.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(max_bytes + 1)
    except FileNotFoundError:
        raise
    except OSError:
        raise StartError(f"{path.name}: cannot be read") from None
    if len(raw) > max_bytes:
        raise StartError(f"{path.name}: larger than {max_bytes} bytes")
    return raw


def install_offline_page(
    data_dir: Path, page_file: Path, note_file: Path, key_sets: KeySets
) -> InstalledPage:
    """Verify a page and its note against the root, and put both where the server looks.

    Args:
        data_dir: The server's folder.
        page_file: The page as the authority handed it out.
        note_file: What was published beside it.
        key_sets: Loaded; the page must seal to one of them.

    Raises:
        FileNotFoundError: There is no such file.
        SealedIntakeError: Page or note is refused.
        StartError: Its key set is not installed, or a file cannot be read or written.
    """
    raw = read_limited(page_file, MAX_OFFLINE_PAGE_BYTES)
    raw_note = read_limited(note_file, MAX_PUBLISHED_BYTES)
    installed = _verified(raw, raw_note, key_sets.root_key, key_sets.clock())
    if key_sets.find(installed.note.key_set_version) is None:
        raise StartError("offline page: the key set that it seals to is not installed")
    folder = data_dir / OFFLINE_FOLDER
    prepare_folder(folder)
    replace_whole(folder / PAGE_NAME, raw)
    replace_whole(folder / NOTE_NAME, raw_note)
    return installed


@dataclass(slots=True)
class OfflinePages:
    """The installed page, looked for again while the server runs.

    Attributes:
        clock: Gives the present instant, aware UTC.
    """

    data_dir: Path
    root_key: bytes
    clock: Callable[[], datetime]
    _installed: InstalledPage | None = field(default=None, init=False, repr=False)
    _seen: tuple[tuple[int, int], ...] = field(default=(), init=False, repr=False)
    _looked_at: float = field(default=float("-inf"), init=False, repr=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def current(self) -> InstalledPage | None:
        """The page that may be handed out now, or None."""
        self._look()
        installed = self._installed
        if installed is None or self.clock() >= installed.note.valid_until:
            return None
        return installed

    def _look(self) -> None:
        if time.monotonic() - self._looked_at < SECONDS_BETWEEN_LOOKS:
            return
        if not self._turn.acquire(blocking=False):
            return  # Another thread is looking.
        try:
            self._read_what_changed()
        except FileNotFoundError:
            self._installed = None
        except (SealedIntakeError, StartError) as error:
            # What was installed before stays, for its time.
            _LOGGER.warning("offline page refused", exc_info=error)
        finally:
            self._looked_at = time.monotonic()
            self._turn.release()

    def _read_what_changed(self) -> None:
        paths = [self.data_dir / OFFLINE_FOLDER / name for name in (PAGE_NAME, NOTE_NAME)]
        seen = tuple((found.st_mtime_ns, found.st_ino) for found in (p.stat() for p in paths))
        if seen == self._seen:
            return
        self._seen = seen
        raw = read_limited(paths[0], MAX_OFFLINE_PAGE_BYTES)
        raw_note = read_limited(paths[1], MAX_PUBLISHED_BYTES)
        self._installed = _verified(raw, raw_note, self.root_key, self.clock())
