"""The nginx sample before a real gunicorn: what it tells the application, and what it writes."""

import datetime as dt
import json
import os
import re
import shutil
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.deploy.processes import (
    REPOSITORY,
    connect,
    everything_written,
    exchange,
    gunicorn,
    program,
    read_all,
    run,
    running,
)
from tests.ports import free_port

pytestmark = pytest.mark.service

SAMPLE = REPOSITORY / "deploy" / "nginx"
CANARY = b"CaNaRy7f3a"
SOURCE = "127.77.66.55"  # An address of ours on the loopback that nothing else uses.
THREADS = 4
PUBLIC, OFFICE = b"report.example.org", b"desk.example.org"
ONION_LINE = b"PROXY TCP6 fc00:dead:beef:4dad::ffff:1234 ::1 65535 80\r\n"


@dataclass(frozen=True, slots=True)
class Front:
    """A running nginx and where to reach it."""

    folder: Path
    plain: tuple[str, int]
    tls: tuple[str, int]
    onion: str


def _certificate(folder: Path, name: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name}.example.org")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / f"{name}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def _installed(folder: Path) -> Front:
    """Lay the sample out under a folder; only paths, ports and the user differ from the file."""
    front = Front(folder, ("127.0.0.1", free_port()), ("127.0.0.1", free_port()), "")
    for name in ("sealed-intake", "sealed-intake-onion", "nginx-body", "tls", "conf"):
        (folder / name).mkdir()
    for name in ("report", "desk", "vault"):
        _certificate(folder / "tls", name)
    shutil.copytree(SAMPLE / "snippets", folder / "conf" / "snippets")
    text = (SAMPLE / "nginx.conf").read_text()
    for old, new in (
        ("user www-data;\n", "user root;\n" * (os.geteuid() == 0)),
        ("/run/", f"{folder}/"),
        ("/etc/sealed-intake/tls", f"{folder}/tls"),
        ("listen 80", f"listen 127.0.0.1:{front.plain[1]}"),
        ("listen 443", f"listen 127.0.0.1:{front.tls[1]}"),
    ):
        assert old in text
        text = text.replace(old, new)
    # The machine that runs the tests may have no IPv6.
    text = re.sub(r"^ *listen \[::\]:.*\n", "", text, flags=re.MULTILINE)
    (folder / "conf" / "nginx.conf").write_text(text)
    return Front(folder, front.plain, front.tls, f"{folder}/sealed-intake-onion/http.sock")


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Nginx with the sample, one small gunicorn behind it at the public face's socket."""
    nginx = program("nginx", package="nginx-light")
    front = _installed(tmp_path_factory.mktemp("nginx"))
    public = f"{front.folder}/sealed-intake/public.sock"
    command = [
        *(nginx, "-e", "stderr", "-p", str(front.folder)),
        *("-c", str(front.folder / "conf" / "nginx.conf"), "-g", "daemon off;"),
    ]
    log = front.folder / "log"
    with (
        gunicorn(bind=f"unix:{public}", until=public, log=log, threads=THREADS),
        running(command, log=log, until=front.tls),
    ):
        yield front


def _tls(front: Front, host: bytes = PUBLIC, *, source: str = "") -> ssl.SSLSocket:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(connect(front.tls, source=source), server_hostname=host.decode())


def _over_tls(front: Front, request: bytes, host: bytes = PUBLIC, *, source: str = "") -> bytes:
    with _tls(front, host, source=source) as connection:
        connection.sendall(request)
        return read_all(connection)


def _get(path: bytes = b"/", *fields: bytes) -> bytes:
    return b"\r\n".join(
        (b"GET %s HTTP/1.1" % path, b"Host: " + PUBLIC, b"Connection: close", *fields, b"", b"")
    )


def _told(answer: bytes) -> dict[str, object]:
    """What the application says that it was told."""
    told: dict[str, object] = json.loads(answer.partition(b"\r\n\r\n")[2])
    return told


def test_nginx_accepts_the_sample(tmp_path: Path) -> None:
    """`nginx -t` finds neither faults nor anything to warn of."""
    nginx = program("nginx", package="nginx-light")
    front = _installed(tmp_path)

    done = run(nginx, "-t", "-q", "-e", "stderr", "-c", str(front.folder / "conf" / "nginx.conf"))

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "line",
    [
        "error_log /dev/null emerg;",  # From `crit` on, faults of TLS name the client.
        "access_log off;",
        "client_max_body_size 2112k;",
        "client_body_buffer_size 2112k;",  # The same: what is accepted fits, and stays in memory.
        "proxy_max_temp_file_size 0;",
        "proxy_next_upstream off;",
    ],
)
def test_the_sample_holds_what_no_request_can_show(line: str) -> None:
    """Settings whose absence would be seen only on a bad day."""
    assert line in [written.strip() for written in _sample().splitlines()]


def test_the_application_learns_a_network_and_nothing_else_of_a_client(front: Front) -> None:
    """The limiter's key is a /24; every other trace of the client stays in nginx."""
    request = _get(
        b"/",
        b"X-Intake-Client: 192.0.2.1",
        b"X-Forwarded-For: 192.0.2.1",
        b"X-Real-IP: 192.0.2.1",
        b"Forwarded: for=192.0.2.1",
        b"User-Agent: CaNaRy7f3a",
        b"Referer: http://CaNaRy7f3a/",
        b"Accept-Language: zh",
        b"Cookie: a=CaNaRy7f3a",
    )

    told = _told(_over_tls(front, request, source=SOURCE))

    assert told["client"] == "127.77.66.0"
    assert told["remote"] == ""
    assert told["names"] == ["HTTP_CONNECTION", "HTTP_HOST", "HTTP_X_INTAKE_CLIENT"]


def test_the_onion_service_tells_circuits_apart_and_nothing_else(front: Front) -> None:
    """Tor puts the circuit's number where an address would stand."""
    request = ONION_LINE + _get(b"/", b"X-Intake-Client: 192.0.2.1", b"User-Agent: CaNaRy7f3a")

    told = _told(exchange(front.onion, request))

    assert told["client"] == "fc00:dead:beef:4dad::ffff:1234"
    assert told["names"] == ["HTTP_CONNECTION", "HTTP_HOST", "HTTP_X_INTAKE_CLIENT"]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
        ("2001:db8:1::6", "2001:db8:1::"),
        ("2001:db8::6", "2001:db8::"),
        ("2001::6", "2001::"),
        ("2001::4:5:6:7", "2001::"),
        ("::1", "::"),
        ("::ffff:203.0.113.77", "::"),
        ("unix:", "unknown"),
    ],
)
def test_every_spelling_of_an_address_is_cut(address: str, network: str) -> None:
    """The rules of the map, read from the sample and applied as nginx applies them."""
    block = re.search(r"map \$remote_addr \$intake_client \{(.*?)\n    \}", _sample(), re.DOTALL)
    assert block
    rules = re.findall(r'^ +"~(.+?)" +"(.+?)";', block[1], re.MULTILINE)

    cut = next(
        (
            re.sub(r"\$(\w+?)(?=\.|::)", lambda name: str(found[name[1]]), value)
            for pattern, value in rules
            if (found := re.search(pattern.replace("(?<", "(?P<"), address))
        ),
        "unknown",
    )

    assert cut == network


def _sample() -> str:
    return (SAMPLE / "nginx.conf").read_text()


SMUGGLING = {
    "length_and_chunks": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two_lengths": b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "signed_length": b"Content-Length: +1\r\n\r\na",
    "length_list": b"Content-Length: 1, 1\r\n\r\na",
    "two_hosts": b"Host: other.example.org\r\nContent-Length: 0\r\n\r\n",
    "two_codings": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "bad_chunk": b"Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
    "nul_in_header": b"A: a\x00b\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("name", SMUGGLING)
def test_a_request_with_two_readings_is_refused(front: Front, name: str) -> None:
    """Whatever could be read as one request or as two is answered once, with 400."""
    start = b"POST /CaNaRy7f3a HTTP/1.1\r\nHost: " + PUBLIC + b"\r\n"
    smuggled = b"GET /sentinel HTTP/1.1\r\nHost: " + PUBLIC + b"\r\n\r\n"

    answer = _over_tls(front, start + SMUGGLING[name] + smuggled, source=SOURCE)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert _strict(answer)


def test_an_unknown_transfer_coding_is_refused(front: Front) -> None:
    """Nginx answers 501, as RFC 9112 asks for; the application never sees it."""
    head = b"POST / HTTP/1.1\r\nHost: " + PUBLIC + b"\r\nTransfer-Encoding: "

    answer = _over_tls(front, head + b"xchunked\r\n\r\n0\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 501 ")
    assert answer.count(b"HTTP/1.1 ") == 1


def _strict(answer: bytes) -> bool:
    """Whether nginx's own answer carries each header of the application's once."""
    head = answer.partition(b"\r\n\r\n")[0].lower()
    return all(
        head.count(b"\r\n" + name) == 1
        for name in (
            b"cache-control: no-store",
            b"content-security-policy: default-src 'none'; frame-ancestors 'none'",
            b"cross-origin-resource-policy: same-origin",
            b"referrer-policy: no-referrer",
            b"x-content-type-options: nosniff",
            b"x-frame-options: deny",
        )
    )


def test_nginx_refuses_bodies_that_no_part_could_have(front: Front) -> None:
    """Before anything is passed on or written."""
    head = b"POST / HTTP/1.1\r\nHost: " + PUBLIC + b"\r\nContent-Length: %d\r\n\r\n"

    answer = _over_tls(front, head % (5 * 1024 * 1024))

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert _strict(answer)


def test_a_face_that_is_down_is_told_strictly(front: Front) -> None:
    """No desk face runs here; its 502 is nginx's, and from outside the office it is a 403."""
    answer = _over_tls(front, _get().replace(PUBLIC, OFFICE), OFFICE)

    assert answer.startswith(b"HTTP/1.1 403 ")
    assert _strict(answer)


def test_an_answer_of_the_application_passes_unchanged(front: Front) -> None:
    """Headers that both would set stand there once; nginx adds only what TLS needs."""
    head = _over_tls(front, _get()).partition(b"\r\n\r\n")[0].lower()

    assert head.startswith(b"http/1.1 200 ok")
    assert head.count(b"\r\ncache-control:") == 1
    assert head.count(b"\r\nstrict-transport-security:") == 1
    assert b"\r\nserver: nginx\r\n" in head


def test_http_leads_to_https_and_repeats_nothing(front: Front) -> None:
    """The target is fixed, so that a path never travels twice in the clear."""
    answer = exchange(front.plain, _get(b"/CaNaRy7f3a"))

    assert answer.startswith(b"HTTP/1.1 301 ")
    assert b"\r\nLocation: https://report.example.org/\r\n" in answer
    assert CANARY not in answer
    assert _strict(answer)


def test_an_unknown_host_gets_no_answer(front: Front) -> None:
    """Scanners that try addresses learn neither name nor certificate."""
    assert exchange(front.plain, _get().replace(PUBLIC, b"203.0.113.1")) == b""

    with pytest.raises(ssl.SSLError):
        _tls(front, b"other.example.org")


def test_no_ticket_recognises_a_visitor_who_comes_back(front: Front) -> None:
    """TLS resumption would link two visits."""
    with _tls(front) as first:
        first.sendall(_get())
        read_all(first)
        session = first.session

    assert session is None or not session.has_ticket


def test_slow_senders_do_not_hold_the_application(front: Front) -> None:
    """Decision 0002: many half-sent bodies, and another visitor is still served at once."""
    head = b"POST / HTTP/1.1\r\nHost: " + PUBLIC + b"\r\nContent-Length: 65536\r\n\r\n"

    with ExitStack() as stack:
        for _ in range(THREADS * 8):
            stack.enter_context(_tls(front)).sendall(head + b"half")
        visitor = stack.enter_context(_tls(front))
        visitor.settimeout(2)
        visitor.sendall(_get())
        answer = visitor.recv(64)

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_whole_part_passes(front: Front) -> None:
    """2 MiB, the tags of its chunks, the header of a file and what names the part."""
    size = 28 + 72 + 32 * (65_536 + 16)
    head = b"POST / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"

    answer = _over_tls(front, head % (PUBLIC, size) + bytes(size))

    assert _told(answer)["body_bytes"] == size
    assert list((front.folder / "nginx-body").rglob("*")) == []


def _open_files(folder: Path) -> list[str]:
    """Files below a folder that some process has open, those among them that have no name left."""
    found: list[str] = []
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):  # Gone, or another user's.
            found.append(str(descriptor.readlink()))
    return [name for name in found if name.startswith(str(folder))]


def test_a_delivery_passes_as_it_comes_and_touches_no_disk(front: Front) -> None:
    """A sealed report of any size; only what fits into memory may wait."""
    half = 10 * 1024 * 1024
    head = b"POST /deliver HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"

    with _tls(front) as connection:
        connection.sendall(head % (PUBLIC, 2 * half) + bytes(half))
        time.sleep(0.5)
        spooled = _open_files(front.folder / "nginx-body")
        connection.sendall(bytes(half))
        answer = read_all(connection)

    assert _told(answer)["body_bytes"] == 2 * half
    assert spooled == []


def test_deliveries_by_onion_tell_no_more_than_other_requests(front: Front) -> None:
    """A location within a location keeps the headers that were set."""
    fields = b"X-Intake-Client: 192.0.2.1\r\nUser-Agent: CaNaRy7f3a\r\nContent-Length: 1"
    request = b"POST /deliver HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + fields

    told = _told(exchange(front.onion, ONION_LINE + request + b"\r\n\r\nx"))

    assert told["client"] == "fc00:dead:beef:4dad::ffff:1234"
    assert told["names"] == ["HTTP_CONNECTION", "HTTP_HOST", "HTTP_X_INTAKE_CLIENT"]


def test_no_file_names_a_client_or_a_request(front: Front) -> None:
    """After faults of every kind: canaries of path, header, body and address are nowhere."""
    for request in (
        _get(b"/CaNaRy7f3a"),
        _get(b"/fail/CaNaRy7f3a"),
        b"CaNaRy7f3a\r\n\r\n",
        _get(b"/", b"A: " + CANARY * 1000),
        _get(b"/" + CANARY * 2000),
        b"POST /CaNaRy7f3a HTTP/1.1\r\nHost: " + PUBLIC + b"\r\nContent-Length: 99999999\r\n\r\n",
        _get(b"/CaNaRy7f3a").replace(PUBLIC, OFFICE),
    ):
        _over_tls(front, request, source=SOURCE)
    _over_tls(front, _get(b"/CaNaRy7f3a").replace(PUBLIC, OFFICE), OFFICE, source=SOURCE)
    exchange(front.plain, b"CaNaRy7f3a / HTTP/1.1\r\n\r\n", source=SOURCE)
    exchange(front.tls, b"CaNaRy7f3a is no TLS\r\n\r\n", source=SOURCE)
    exchange(front.onion, b"PROXY CaNaRy7f3a\r\n")
    with connect(front.tls, source=SOURCE) as broken:
        broken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    written = everything_written(front.folder)

    assert CANARY not in written
    assert SOURCE.encode() not in written
    assert b"127.77.66" not in written
