"""`python -m deploy.demo`: a throw-away authority, its server and one officer's console.

Ctrl-C, or a request to end this process, ends both others by their process ids.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from types import FrameType
from typing import Final

import urllib3

from crypto.wire.instance import fingerprint
from deploy.demo.layout import DEMO_FOLDER, REPOSITORY, DemoError, Layout, read_layout
from deploy.demo.leftovers import end_leftovers
from deploy.demo.staff import FINGERPRINT_PUBLISHED, Staff
from intake.server.offline_page import OFFLINE_FOLDER
from triage.authority.page_commands import NOTE_SUFFIX
from triage.authority.publishing import version_name
from triage.authority.state import load_state
from triage.private_files import make_private_folder, only_one, replace_file

LOCK_NAME: Final = "demo.lock"
START_SECONDS: Final = 30
END_SECONDS: Final = 10
COMMAND_SECONDS: Final = 60
PORT_SECONDS: Final = 3
# One machine files thousands of reports here; a real service keeps the server's own limits.
DEMO_LIMITS: Final = {
    "INTAKE_LIMIT_SUBMISSIONS": "600000 per minute",
    "INTAKE_LIMIT_SLOTS": "600000 per minute",
    "INTAKE_LIMIT_OFFICERS": "600000 per minute",
    "INTAKE_LIMIT_SHARED": "600000 per minute",
}
DEMO_TEXTS: Final = dict(
    zip(
        ("INTAKE_FINGERPRINT_PUBLISHED_ZH", "INTAKE_FINGERPRINT_PUBLISHED_EN"),
        FINGERPRINT_PUBLISHED,
        strict=True,
    )
)
OFFLINE_TEMPLATE: Final = REPOSITORY / "intake" / "web" / "dist" / "offline.html"


def say(line: str) -> None:
    """A line for the person at the terminal."""
    print(line, flush=True)


def refuse_taken_port(host: str, port: int, setting: str) -> None:
    """Both ports must be free before anything is made; what is just ending may take a moment.

    Raises:
        DemoError: something else listens there, or the address is not this machine's.
    """
    give_up_at = time.monotonic() + PORT_SECONDS
    while (reason := why_taken(host, port)) is not None:
        if time.monotonic() > give_up_at:
            raise DemoError(f"port {port} can't be used ({reason}): set {setting} to another")
        time.sleep(0.1)


def why_taken(host: str, port: int) -> str | None:
    """Why nothing can listen there, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.strerror
    return None


def server_environment(layout: Layout) -> Mapping[str, str]:
    """The server's settings; what the person set wins over the demo's limits and texts."""
    return {
        **DEMO_LIMITS,
        **DEMO_TEXTS,
        **os.environ,
        "INTAKE_BIND": layout.bind,
        "INTAKE_DATA_DIR": str(layout.data_dir),
        "INTAKE_ROOT_KEY": str(layout.root_key),
    }


def run_intake(layout: Layout, *arguments: str) -> str:
    """Run one of the server's commands; what it prints.

    Raises:
        DemoError: it failed.
    """
    done = subprocess.run(
        [sys.executable, "-m", "intake.cli", *arguments],
        env=server_environment(layout),
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    if done.returncode:
        raise DemoError(f"intake {arguments[0]}: {done.stderr.strip()}")
    return done.stdout.strip()


def install_key_sets(layout: Layout, staff: Staff) -> None:
    """Hand the server every version that it does not have."""
    for version in staff.versions():
        stem = layout.published / version_name(version)
        if (layout.data_dir / "key-sets" / f"{stem.name}.json").exists():
            continue
        key_set, officers = stem.with_suffix(".json"), stem.with_suffix(".officers")
        run_intake(layout, "install-key-set", str(key_set), "--officers", str(officers))


def install_offline_page(layout: Layout, staff: Staff) -> None:
    """Hand the server the page that seals without a network, where it is not the newest."""
    page = layout.offline_page
    is_new = staff.sign_offline_page(OFFLINE_TEMPLATE.read_bytes())
    if is_new or not (layout.data_dir / OFFLINE_FOLDER / page.name).exists():
        run_intake(layout, "install-offline-page", str(page), "--note", f"{page}{NOTE_SUFFIX}")


def start_server(layout: Layout, log: Path) -> subprocess.Popen[bytes]:
    """Start `intake serve` with its log in a file."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "intake.cli", "serve"],
            env=server_environment(layout),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def start_console(layout: Layout, home: Path) -> subprocess.Popen[bytes]:
    """Start `triage console` for one officer; its one-time link comes on its standard output."""
    return subprocess.Popen(
        [sys.executable, "-m", "triage.cli", "console", "--port", str(layout.console_port)],
        env={**os.environ, "TRIAGE_HOME": str(home)},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )


def wait_until_served(layout: Layout, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server hands out its key set.

    Raises:
        DemoError: it ended, or takes too long.
    """
    pool = urllib3.PoolManager(timeout=2, retries=False)
    give_up_at = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up_at:
        if server.poll() is not None:
            raise DemoError(f"the server ended; its log is {log}")
        with suppress(urllib3.exceptions.HTTPError):
            if pool.request("GET", f"{layout.origin}/api/v1/key-set").status == HTTPStatus.OK:
                return
        time.sleep(0.05)
    raise DemoError(f"the server does not answer; its log is {log}")


def read_link(console: subprocess.Popen[bytes]) -> str:
    """The console's one-time link.

    Raises:
        DemoError: it ended without one.
    """
    line = console.stdout.readline().decode().strip() if console.stdout else ""
    if not line:
        raise DemoError("the console ended without a link")
    return line


def end(processes: list[subprocess.Popen[bytes]]) -> None:
    """Ask each process to end, by its id, and insist where it does not."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def ended_politely() -> Iterator[Callable[[], bool]]:
    """Turn Ctrl-C and SIGTERM into a wish that the block can ask for."""
    wished = False

    def wish(_signal: int, _frame: FrameType | None) -> None:
        nonlocal wished
        wished = True

    previous = {number: signal.signal(number, wish) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: wished
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def describe(
    layout: Layout, staff: Staff, link: str, processes: list[subprocess.Popen[bytes]]
) -> None:
    """Write what scripts read. Source: EXAM, `make run`."""
    described = {
        "server_url": layout.origin,
        "console_url": link,
        "root_key": str(layout.root_key),
        "offline_page": str(layout.offline_page),
        "data_dir": str(layout.data_dir),
        "officers": [
            {
                "name": member.name,
                "roles": [member.role.wire_name],
                "home": str(member.home.folder),
                "passphrase_file": str(member.passphrase_file),
            }
            for member in staff.members
        ],
        "pids": [process.pid for process in processes],
    }
    replace_file(layout.description, json.dumps(described, indent=2).encode())


def announce(layout: Layout, staff: Staff, link: str) -> None:
    """Tell the person where everything is."""
    root_key = load_state(layout.authority).root_key
    say("")
    say(f"  Report page   {layout.origin}/")
    say(f"  Offline page  {layout.offline_page}")
    say(f"  Console       {link}   (works once)")
    say("  Passphrases")
    for name, passphrase in staff.passphrases().items():
        say(f"    {name:<14}{passphrase}")
    say(f"  Root key      {fingerprint(root_key)}")
    say("")
    say("A demonstration: throw-away keys, cheap passphrases. Ctrl-C ends it.")


def prepare(layout: Layout, staff: Staff) -> None:
    """Everything that needs no server."""
    if not layout.authority.exists():
        say("Making a throw-away authority with twelve officers …")
    staff.enrol_everybody()
    staff.publish(run_intake(layout, "acknowledgement-key"))
    install_key_sets(layout, staff)
    install_offline_page(layout, staff)


def run(layout: Layout) -> int:
    """Set up, serve, wait for the wish to end; 1 where a process ended by itself."""
    make_private_folder(layout.folder)
    staff, log = Staff.of(layout), layout.folder / "server.log"
    processes: list[subprocess.Popen[bytes]] = []
    with only_one(layout.folder / LOCK_NAME, wait=False), ended_politely() as is_over:
        try:
            prepare(layout, staff)
            processes.append(start_server(layout, log))
            wait_until_served(layout, processes[0], log)
            staff.grant_everybody()
            processes.append(start_console(layout, staff.members[0].home.folder))
            link = read_link(processes[1])
            describe(layout, staff, link, processes)
            announce(layout, staff, link)
            while not is_over() and all(process.poll() is None for process in processes):
                time.sleep(0.2)
        finally:
            end(processes)
            layout.description.unlink(missing_ok=True)
    if is_over():
        return 0
    say("A process of the demo ended by itself.")
    return 1


def main() -> int:
    """Start the demo."""
    os.umask(0o077)
    try:
        layout = read_layout()
        end_leftovers(layout, layout.folder / LOCK_NAME)
        refuse_taken_port(layout.host, layout.port, "INTAKE_BIND")
        refuse_taken_port("127.0.0.1", layout.console_port, "TRIAGE_CONSOLE_PORT")
        make_private_folder(DEMO_FOLDER)
        return run(layout)
    except DemoError as error:
        say(f"demo: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
