"""What a rotation with 200 officers takes, and what one guess of a passphrase costs here.

The rotation is done as it is in earnest: the founder makes the epoch, the authority lists it, makes
it current, signs and publishes with its full passphrase cost, the server takes the key set, and the
founder seals and posts a grant to each other member over HTTP: clock time. A guess: processor time.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from crypto.custody.key_pair import KeyPair
from crypto.custody.keyring import LIGHT, MODERATE, LockCost, lock_secret, unlock_secret
from crypto.wire.roles import REQUIRED_DESKS, Role
from deploy.bench.figures import Figure, bounded
from deploy.bench.services import free_port, running
from intake.server.key_sets import install_key_set
from intake.server.secret_files import make_acknowledgement_key
from triage.authority.ceremony import (
    ROOT_PUBLIC_FILE,
    add_acknowledgement_key,
    add_desk,
    add_officer,
    found_authority,
    rotate,
)
from triage.authority.enrolment import DeskKeys, Enrolment
from triage.authority.publishing import Published, publish
from triage.authority.state import load_state
from triage.courier.https import Courier
from triage.locked_files import THROW_AWAY
from triage.workstation.grants import grants_for_everyone, post_grant
from triage.workstation.home import Home
from triage.workstation.keyring import Keyring, enrol, found_desk, unlock
from triage.workstation.trust import pin, refresh

OFFICERS = 200
GOAL_SECONDS = 10.0
GUESSES = 3
_PASSPHRASE = b"a passphrase of the benchmark"
_UNLIMITED = "100000000 per minute"
_NAMES = ("基准测试", "Benchmark")
# The peak of the process itself: getrusage's would be inherited from this one.
_GUESS = """
from pathlib import Path
from crypto.custody.keyring import {cost}, lock_secret

def peak_kib():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

before = peak_kib()
lock_secret(bytes(32), bytes(20), {cost})
print((peak_kib() - before) / 1024)
"""


def _seconds_of_a_guess(cost: LockCost) -> float:
    """Processor time of opening a locked file, the median of a few."""
    locked = lock_secret(bytes(32), _PASSPHRASE, cost)
    taken = []
    for _ in range(GUESSES):
        begun = time.process_time()
        unlock_secret(locked, _PASSPHRASE)
        taken.append(time.process_time() - begun)
    return statistics.median(taken)


def _mebibytes_of_a_guess(name: str) -> float:
    """How much a process of its own grows by."""
    command = [sys.executable, "-c", _GUESS.format(cost=name)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)


def _costs() -> list[Figure]:
    figures = []
    for name, cost in (("MODERATE", MODERATE), ("LIGHT", LIGHT)):
        what = f"Argon2id {cost.passes} passes, {cost.memory_bytes >> 20} MiB"
        figures += [
            Figure(f"{what}: time", 1000 * _seconds_of_a_guess(cost), "ms"),
            Figure(f"{what}: memory", _mebibytes_of_a_guess(name), "MiB"),
        ]
    return figures


def _fresh_desk(role: Role) -> DeskKeys:
    pair = KeyPair.generate()
    return DeskKeys(role, 1, pair.recipient_key, pair.verification_key)


def _set_up(folder: Path, origin: str) -> Keyring:
    """An authority with 200 officers of triage, the first of whom founded its desk."""
    home, now = folder / "authority", datetime.now(UTC)
    found_authority(
        home, origin=origin, names=_NAMES, passphrase=_PASSPHRASE, now=now, cost=MODERATE
    )
    key = make_acknowledgement_key(folder / "server").verification_key
    add_acknowledgement_key(home, key, now=now)
    workstation = Home(folder / "founder")
    founder = enrol(workstation, "triage-0", _PASSPHRASE, THROW_AWAY)
    add_officer(home, founder, frozenset({Role.TRIAGE}))
    for number in range(1, OFFICERS):
        pair = KeyPair.generate()
        keys = Enrolment(f"triage-{number}", pair.recipient_key, pair.verification_key)
        add_officer(home, keys, frozenset({Role.TRIAGE}))
    keyring = unlock(workstation, _PASSPHRASE)
    add_desk(home, found_desk(keyring, Role.TRIAGE, 1))
    for role in REQUIRED_DESKS - {Role.TRIAGE}:
        add_desk(home, _fresh_desk(role))
    return keyring


def _install(folder: Path, made: Published) -> None:
    root_key = load_state(folder / "authority").root_key
    raw, officers = made.key_set_file.read_bytes(), made.officers_file.read_text()
    install_key_set(folder / "server", root_key, raw, officers)


def _publish(folder: Path) -> None:
    home = folder / "authority"
    made = publish(home, folder / "out", passphrase=_PASSPHRASE, now=datetime.now(UTC))
    _install(folder, made)


def _rotate(folder: Path, keyring: Keyring, courier: Courier) -> tuple[float, int]:
    """Clock time from the new seed to the last grant, and how many grants there were."""
    home, begun = folder / "authority", time.perf_counter()
    add_desk(home, found_desk(keyring, Role.TRIAGE, 2))
    rotate(home, Role.TRIAGE)
    _publish(folder)
    trust = refresh(keyring.home, courier, keyring, datetime.now(UTC))
    while trust.key_set.version == 1:  # The server looks for new key sets every two seconds.
        time.sleep(0.1)
        trust = refresh(keyring.home, courier, keyring, datetime.now(UTC))
    made = grants_for_everyone(Role.TRIAGE, epoch=2, granter=keyring, trust=trust)
    for raw in made:
        post_grant(raw, courier=courier, granter=keyring, trust=trust)
    return time.perf_counter() - begun, len(made)


def _rotation(folder: Path) -> Figure:
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    keyring = _set_up(folder, origin)
    _publish(folder)
    environment = {
        "INTAKE_DATA_DIR": str(folder / "server"),
        "INTAKE_ROOT_KEY": str(folder / "authority" / ROOT_PUBLIC_FILE),
        "INTAKE_BIND": f"127.0.0.1:{port}",
        "INTAKE_LIMIT_OFFICERS": _UNLIMITED,
        "INTAKE_LIMIT_SHARED": _UNLIMITED,
    }
    with running((sys.executable, "-m", "intake.cli", "serve"), port, environment):
        courier = Courier(origin)
        pin(keyring.home, load_state(folder / "authority").root_key, courier, datetime.now(UTC))
        refresh(keyring.home, courier, keyring, datetime.now(UTC))
        seconds, grants = _rotate(folder, keyring, courier)
        courier.close()
    name = f"new epoch and {grants} grants, {OFFICERS} officers"
    return bounded(name, seconds, unit="s", goal=GOAL_SECONDS)


def measure() -> list[Figure]:
    """The rotation, and the cost of passphrases."""
    with tempfile.TemporaryDirectory() as folder:
        return [_rotation(Path(folder)), *_costs()]
