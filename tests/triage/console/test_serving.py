"""EXAM: `triage console` prints the one-time link on standard output and serves 127.0.0.1 only."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.triage.console.office import Office
from triage.console import main
from triage.console.app import create_app
from triage.console.entrance import Entrance
from triage.console.serving import bind
from triage.console.workplace import Workplace
from triage.errors import NoSuchThingError, WrongUseError
from triage.workstation.session_process import GuardedWorkstation

START = """
import sys
from pathlib import Path

from triage.console import main

if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
"""


def test_it_prints_its_link_serves_and_ends_when_asked(office: Office) -> None:
    """The link is the only line; Ctrl-C and SIGTERM end it without a word."""
    port = free_port()
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}

    process = subprocess.Popen(
        [sys.executable, "-c", START, str(office.home.folder), str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    with process:
        assert process.stdout is not None
        link = process.stdout.readline().strip()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", link.removeprefix(f"http://127.0.0.1:{port}"))
        answer = connection.getresponse()
        answer.read()
        connection.close()
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=20)

    assert re.fullmatch(rf"http://127\.0\.0\.1:{port}/enter/[A-Za-z0-9_-]{{43}}", link)
    assert answer.status == 303
    assert answer.headers["Server"] == "console"
    assert process.returncode == 0
    assert output == ""
    assert errors == ""


def test_a_folder_where_nobody_enrolled_is_refused(tmp_path: Path) -> None:
    """Before anything listens."""
    with pytest.raises(NoSuchThingError):
        main(tmp_path, free_port())


def test_a_taken_port_is_refused(office: Office) -> None:
    """With the option that helps."""
    workplace = Workplace(GuardedWorkstation.open(office.home.folder))
    app = create_app(workplace, Entrance(), authority="127.0.0.1:1")

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(WrongUseError, match="--port"):
            bind(app, other.getsockname()[1])


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_that_is_none_is_refused(office: Office, port: int) -> None:
    """Zero would make the link name another port than the one that listens."""
    with pytest.raises(WrongUseError):
        main(office.home.folder, port)
