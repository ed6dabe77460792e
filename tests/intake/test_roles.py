"""The database rights that `intake/API.md` 8 names are enough, and the faces need no others."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import urllib3
from sqlalchemy import create_engine, text

from crypto.wire.roles import Role
from intake.server.store.database import open_database
from intake.server.upkeep import Upkeep
from tests.intake.conftest import MakeUrl
from tests.intake.processes import BINARY, Installation, Running, seal_report, serving
from tests.intake.puzzles import proof_for
from tests.intake.sealed_files import sealed_file

DATABASES = (
    "INTAKE_DATABASE_URL",
    "INTAKE_VAULT_DATABASE_URL",
    "INTAKE_PARTS_DATABASE_URL",
)
NOT_OPENED = "–"
HOME = {"X-Intake-Client": "192.0.2.1"}
API = (Path(__file__).parents[2] / "intake" / "API.md").read_text(encoding="utf-8")


def rights_of(face: str) -> dict[str, str]:
    """What the table says of a face, by the setting of the database."""
    match = re.search(rf"^\| {face} \| (.*`.*) \| (.*) \| (.*) \|$", API, flags=re.MULTILINE)
    assert match is not None
    return dict(zip(DATABASES, match.groups(), strict=True))


def grant(url: str, role: str, rights: str) -> None:
    """Give a role what a cell of the table says."""
    statements = [f"GRANT SELECT ON alembic_version TO {role}"]
    for tables, verbs in re.findall(r"((?:`\w+`(?: and )?)+) \(([a-z, ]+)\)", rights):
        statements += [
            f"GRANT {verbs.upper()} ON {table} TO {role}"
            for table in re.findall(r"\w+", tables)
            if table != "and"
        ]
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def expire(url: str) -> None:
    """What the public face's upkeep does three days later."""
    database = open_database(url, connections=1)
    Upkeep([], database, lambda: datetime.now(UTC) + timedelta(days=3)).expire()
    database.engine.dispose()


def send_above_the_limit(server: Running) -> urllib3.BaseHTTPResponse:
    """A report of a network that may send one in an hour, with a proof of work."""
    raw, client = seal_report(server.installation.key_set).submission.raw, BINARY | HOME
    server.request("POST", "/api/v1/submissions", b"", client)
    refused = server.request("POST", "/api/v1/submissions", raw, client)
    return server.request("POST", "/api/v1/submissions", raw, client | proof_for(refused))


@pytest.mark.service
def test_each_face_runs_with_its_own_database_role(
    installation: Installation, tmp_path: Path, postgres_url: MakeUrl
) -> None:
    """DESIGN 4: three faces, three database roles."""
    owner = {name: postgres_url(name.removeprefix("INTAKE_").lower()) for name in DATABASES}
    with serving(installation, tmp_path / "owner.log", **owner) as server:
        assert server.submit(seal_report(installation.key_set)).status == 201
    engine = create_engine(owner["INTAKE_DATABASE_URL"])
    with engine.begin() as connection:
        for face in ("public", "desk", "vault"):
            connection.execute(text(f"CREATE ROLE face_{face} LOGIN"))
    engine.dispose()
    for face in ("public", "desk", "vault"):
        for name, rights in rights_of(face).items():
            if rights != NOT_OPENED:
                grant(owner[name], f"face_{face}", rights)

    def own(face: str) -> dict[str, str]:
        return {
            "INTAKE_FACES": face,
            **{k: v.replace("postgres:@", f"face_{face}:@") for k, v in owner.items()},
        }

    authority = installation.authority
    file, unclaimed = sealed_file(5 * 2**20), sealed_file(5 * 2**20)
    busy = {"INTAKE_LIMIT_SUBMISSIONS": "1 per hour", "INTAKE_CLIENT_HEADER": "X-Intake-Client"}
    with serving(installation, tmp_path / "public.log", **own("public"), **busy) as server:
        assert server.submit(seal_report(installation.key_set)).status == 201
        assert send_above_the_limit(server).status == 201
        assert server.request("POST", "/desk/v1/nonce").status in {404, 405}
        assert file.send_all(server) == unclaimed.send_all(server) == [204, 204, 204]
        assert file.send(server, 0).status == 204
        assert (file.claim(server).status, file.held(server)) == (204, [1, 1, 1])
    expire(own("public")["INTAKE_PARTS_DATABASE_URL"])
    with serving(installation, tmp_path / "desk.log", **own("desk")) as server:
        officer = authority.officer_pair(Role.TRIAGE)
        feed = server.signed(officer, "GET", "/desk/v1/feed")
        assert feed.status == 200
        assert server.signed(officer, "GET", "/desk/v1/grants").status == 200
        withdraw = "/desk/v1/grants/withdraw"
        assert server.signed(officer, "POST", withdraw, body=bytes(64)).status == 204
        part_id = file.upload.part_id(1)
        read = server.signed(officer, "POST", "/desk/v1/parts/read", body=part_id)
        gone = server.signed(
            officer, "POST", "/desk/v1/parts/read", body=unclaimed.upload.part_id(1)
        )
        destroyed = server.signed(officer, "POST", "/desk/v1/parts/destroy", body=part_id)
        assert (read.data, gone.status, destroyed.status) == (file.parts[1], 404, 204)
        assert server.request("GET", "/api/v1/key-set").status == 404
    with serving(installation, tmp_path / "vault.log", **own("vault")) as server:
        officer = authority.officer_pair(Role.CUSTODIAN)
        rows = server.signed(officer, "GET", "/vault/v1/rows", query="purpose=3")
        assert rows.status == 200
        assert len(rows.data) == 3 * (32 + 8528)
