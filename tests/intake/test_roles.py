"""The database rights that `intake/API.md` 8 names are enough, and the faces need no others."""

import re
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from crypto.wire.roles import Role
from tests.intake.conftest import MakeUrl
from tests.intake.processes import BINARY, Installation, seal_report, serving
from tests.intake.puzzles import proof_for

API = (Path(__file__).parents[2] / "intake" / "API.md").read_text(encoding="utf-8")


def rights_of(face: str) -> tuple[str, str]:
    """What the table says of a face: main database, vault."""
    match = re.search(rf"^\| {face} \| (.*`.*) \| (.*) \|$", API, flags=re.MULTILINE)
    assert match is not None
    return match[1], match[2]


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


@pytest.mark.service
def test_each_face_runs_with_its_own_database_role(
    installation: Installation, tmp_path: Path, postgres_url: MakeUrl
) -> None:
    """DESIGN 4: three faces, three database roles."""
    main, vault = postgres_url("main"), postgres_url("vault")
    owner = {"INTAKE_DATABASE_URL": main, "INTAKE_VAULT_DATABASE_URL": vault}
    with serving(installation, tmp_path / "owner.log", **owner) as server:
        assert server.submit(seal_report(installation.key_set)).status == 201
    engine = create_engine(main)
    with engine.begin() as connection:
        for face in ("public", "desk", "vault"):
            connection.execute(text(f"CREATE ROLE face_{face} LOGIN"))
    engine.dispose()
    for face in ("public", "desk", "vault"):
        grant(main, f"face_{face}", rights_of(face)[0])
        if face != "desk":
            grant(vault, f"face_{face}", rights_of(face)[1])

    def own(face: str) -> dict[str, str]:
        return {
            "INTAKE_FACES": face,
            **{k: v.replace("postgres:@", f"face_{face}:@") for k, v in owner.items()},
        }

    authority = installation.authority
    busy = own("public") | {"INTAKE_LIMIT_SHARED": "1 per hour"}
    with serving(installation, tmp_path / "public.log", **busy) as server:
        assert server.submit(seal_report(installation.key_set)).status == 201
        raw = seal_report(installation.key_set).submission.raw
        refused = server.request("POST", "/api/v1/submissions", raw, BINARY)
        proven = BINARY | proof_for(refused)
        assert server.request("POST", "/api/v1/submissions", raw, proven).status == 201
        assert server.request("POST", "/desk/v1/nonce").status in {404, 405}
    with serving(installation, tmp_path / "desk.log", **own("desk")) as server:
        officer = authority.officer_pair(Role.TRIAGE)
        feed = server.signed(officer, "GET", "/desk/v1/feed")
        assert feed.status == 200
        assert server.signed(officer, "GET", "/desk/v1/grants").status == 200
        assert server.request("GET", "/api/v1/key-set").status == 404
    with serving(installation, tmp_path / "vault.log", **own("vault")) as server:
        officer = authority.officer_pair(Role.CUSTODIAN)
        rows = server.signed(officer, "GET", "/vault/v1/rows", query="purpose=3")
        assert rows.status == 200
        assert len(rows.data) == 3 * (32 + 8528)
