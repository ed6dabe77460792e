"""The OpenAPI document, kept true: routes compared, real answers validated."""

# jsonschema ships no types.
# mypy: disable-error-code="import-untyped"

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate

from crypto.wire.roles import Role
from intake.server.config import load_settings
from intake.server.desk.app import create_desk_app
from intake.server.face import Resources
from intake.server.public.app import create_public_app
from intake.server.public.views import serve_file
from intake.server.vault.app import create_vault_app
from intake.server.wsgi import close_resources, open_resources
from tests.intake.offline_pages import hand_out, install_page
from tests.intake.processes import (
    BINARY,
    Installation,
    Report,
    Running,
    seal_report,
    serving,
)
from tests.intake.sealed_files import FORM, SealedFile, as_form, sealed_file, sealed_report

DOCUMENT: Mapping[str, Any] = json.loads(
    (Path(__file__).parents[2] / "intake" / "openapi.json").read_text(encoding="utf-8")
)


@pytest.fixture
def resources(installation: Installation) -> Iterator[Resources]:
    """What a worker opens."""
    opened = open_resources(load_settings(None, installation.environment))
    yield opened
    close_resources(opened)


def test_the_document_is_valid_openapi() -> None:
    """ISSUE 2: OpenAPI 3.1."""
    validate(DOCUMENT)

    assert DOCUMENT["openapi"].startswith("3.1")


def test_the_document_lists_every_route_and_no_other(resources: Resources) -> None:
    """ISSUE 2: kept true by a test."""
    served = {
        (method, str(rule).replace("<int:", "{").replace("<path:", "{").replace(">", "}"))
        for factory in (create_public_app, create_desk_app, create_vault_app)
        for rule in factory(resources).url_map.iter_rules()
        if rule.endpoint != serve_file.__name__
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    listed = {(method.upper(), path) for path, item in DOCUMENT["paths"].items() for method in item}

    assert served == listed


def resolve(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a reference."""
    while "$ref" in node:
        found: Any = DOCUMENT
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def check(server: Running, method: str, path: str, answer: Any, template: str = "") -> None:  # noqa: ANN401 - urllib3's answers have several classes
    """An answer is one that the document describes."""
    operation = DOCUMENT["paths"][template or path][method.lower()]
    described = resolve(operation["responses"][str(answer.status)])
    for name, header in described.get("headers", {}).items():
        schema = resolve(header["schema"])
        value: object = answer.headers[name]
        if schema.get("type") == "integer":
            value = int(str(value))
        jsonschema.validate(value, {**schema, "components": DOCUMENT["components"]})
    if "content" not in described:
        assert answer.data == b""
        return
    media_type = answer.headers["Content-Type"].partition(";")[0]
    schema = described["content"][media_type]["schema"]
    if media_type.endswith("json"):
        jsonschema.validate(answer.json(), {**schema, "components": DOCUMENT["components"]})
    else:
        assert schema.get("minLength", 0) <= len(answer.data)
        assert len(answer.data) <= schema.get("maxLength", 2**31)
    assert server.url


@pytest.fixture(scope="module")
def report(shared_server: Running) -> Report:
    """A report that is sent in the tests below."""
    return seal_report(shared_server.installation.key_set)


@pytest.mark.parametrize(
    ("method", "path", "template"),
    [
        ("GET", "/api/v1/key-set", ""),
        ("GET", "/api/v1/key-sets/1", "/api/v1/key-sets/{version}"),
        ("GET", "/api/v1/key-sets/9", "/api/v1/key-sets/{version}"),
        ("GET", "/api/v1/health", ""),
        ("GET", "/offline.html", ""),
        ("GET", "/offline.html.note", ""),
        ("GET", "/api/v1/openapi.json", ""),
        ("POST", "/api/v1/submissions", ""),
        ("POST", "/api/v1/slots", ""),
        ("POST", "/api/v1/parts", ""),
        ("POST", "/api/v1/parts/held", ""),
        ("POST", "/api/v1/parts/kept", ""),
        ("POST", "/deliver", ""),
        ("POST", "/desk/v1/nonce", ""),
        ("POST", "/vault/v1/nonce", ""),
        ("GET", "/desk/v1/feed", ""),
        ("GET", "/vault/v1/rows?purpose=3", "/vault/v1/rows"),
        ("POST", "/desk/v1/slots", ""),
        ("POST", "/desk/v1/feed/destroy", ""),
        ("POST", "/desk/v1/grants", ""),
        ("POST", "/desk/v1/grants/withdraw", ""),
        ("POST", "/desk/v1/parts/read", ""),
        ("POST", "/desk/v1/parts/destroy", ""),
    ],
)
def test_answers_to_strangers_are_as_described(
    shared_server: Running, method: str, path: str, template: str
) -> None:
    """Real answers, refusals among them."""
    check(shared_server, method, path, shared_server.request(method, path), template)


@pytest.mark.parametrize("path", ["/offline.html", "/offline.html.note"])
def test_the_offline_page_is_handed_out_as_described(
    installation: Installation, tmp_path: Path, path: str
) -> None:
    """API 2.6."""
    install_page(installation, hand_out(installation, tmp_path))
    with serving(installation, tmp_path / "log") as server:
        answer = server.request("GET", path)

        assert answer.status == 200
        check(server, "GET", path, answer)


def test_answers_to_reporters_are_as_described(shared_server: Running, report: Report) -> None:
    """Real answers to good and bad bodies."""
    raw = report.submission.raw
    for body in (raw, raw[:-1], raw + b"x", bytes(43582)):
        answer = shared_server.request("POST", "/api/v1/submissions", body, BINARY)
        check(shared_server, "POST", "/api/v1/submissions", answer)
    for body in (bytes(256), bytes(255), bytes(257)):
        answer = shared_server.request("POST", "/api/v1/slots", body, BINARY)
        check(shared_server, "POST", "/api/v1/slots", answer)


def test_answers_above_the_limit_are_as_described(
    installation: Installation, tmp_path: Path
) -> None:
    """API 2.5: a challenge, with or without a proof that was refused."""
    raw = seal_report(installation.key_set).submission.raw
    file = sealed_file(100)
    upload = file.upload.encode()
    bodies = (
        *(("/api/v1/submissions", raw), ("/api/v1/slots", bytes(256))),
        *(("/api/v1/parts", file.body(0)), ("/api/v1/parts/held", upload)),
        ("/api/v1/parts/kept", upload),
    )
    with serving(installation, tmp_path / "log", INTAKE_LIMIT_SHARED="1 per hour") as server:
        for path, body in bodies:
            server.request("POST", path, body, BINARY)
            answer = server.request("POST", path, body, BINARY)
            refused = server.request("POST", path, body, BINARY | {"Proof": "none"})
            assert (answer.status, refused.status) == (429, 429)
            check(server, "POST", path, answer)
            check(server, "POST", path, refused)


def test_answers_to_those_who_send_files_are_as_described(
    shared_server: Running, report: Report
) -> None:
    """Real answers to good and bad parts, uploads and deliveries."""
    file = sealed_file(100)
    other = SealedFile(file.upload, bytes(len(file.raw)))
    upload = file.upload.encode()
    for path, bodies in {
        "/api/v1/parts": (file.body(0), other.body(0), upload, bytes(28), bytes(3_000_000)),
        "/api/v1/parts/held": (upload, upload[:-1], upload + b"x", bytes(24)),
        "/api/v1/parts/kept": (upload, sealed_file(1).upload.encode(), bytes(24)),
    }.items():
        for body in bodies:
            answer = shared_server.request("POST", path, body, BINARY)
            check(shared_server, "POST", path, answer)
    delivered = sealed_report(report, file)
    for content in (b"x", delivered[:-1], delivered):
        answer = shared_server.request("POST", "/deliver", as_form(content), FORM)
        check(shared_server, "POST", "/deliver", answer)


@pytest.mark.parametrize("role", [Role.TRIAGE, Role.CUSTODIAN])
@pytest.mark.parametrize("action", ["read", "destroy"])
@pytest.mark.parametrize("length", [32, 33, 0])
def test_answers_about_parts_to_officers_are_as_described(
    shared_server: Running, role: Role, action: str, length: int
) -> None:
    """Real answers to admitted and refused officers."""
    officer = shared_server.installation.authority.officer_pair(role)
    path = f"/desk/v1/parts/{action}"

    answer = shared_server.signed(officer, "POST", path, body=bytes(length))
    check(shared_server, "POST", path, answer)


@pytest.mark.parametrize("role", [Role.TRIAGE, Role.CUSTODIAN, Role.APPROVER])
@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/desk/v1/feed", "after=0&limit=10"),
        ("/desk/v1/feed", "after=x"),
        ("/desk/v1/feed/destroyed", "after=0&limit=10"),
        ("/desk/v1/feed/destroyed", "limit=5001"),
        ("/desk/v1/officers", ""),
        ("/desk/v1/officers", "version=1"),
        ("/desk/v1/officers", "version=2"),
        ("/desk/v1/officers", "version=x"),
        ("/desk/v1/grants", ""),
        ("/vault/v1/row-digests", ""),
        ("/vault/v1/row-digests", "after=x"),
        ("/vault/v1/rows", "purpose=3"),
        ("/vault/v1/rows", "purpose=9"),
    ],
)
def test_answers_to_officers_are_as_described(
    shared_server: Running, role: Role, path: str, query: str
) -> None:
    """Real answers to admitted and refused officers."""
    officer = shared_server.installation.authority.officer_pair(role)

    check(shared_server, "GET", path, shared_server.signed(officer, "GET", path, query=query))
