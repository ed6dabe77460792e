"""Officers' requests: signed, once, by the right role."""

import hashlib

import pytest

from crypto.custody.key_pair import KeyPair
from crypto.sealing.seal import seal_envelope
from crypto.sealing.sealed_box import SealingKey
from crypto.wire.envelope import Purpose
from crypto.wire.feed import head_zero, parse_feed_page, verify_feed
from crypto.wire.grant import GRANT_LABEL, DeskSeed, Grant, encode_desk_seed, encode_grant
from crypto.wire.roles import Role
from crypto.wire.slots import slot_id, slot_preimage
from crypto.wire.submission import parse_submission, value_digest
from tests.intake.authority import Authority, seed
from tests.intake.processes import BINARY, Report, Running, seal_report
from tests.intake.test_http import exchange


@pytest.fixture(scope="module")
def filed(shared_server: Running) -> Report:
    """A report that the shared server has registered."""
    report = seal_report(shared_server.installation.key_set)
    assert shared_server.submit(report).status == 201
    return report


def pair(server: Running, role: Role) -> KeyPair:
    """The officer of a role."""
    return server.installation.authority.officer_pair(role)


def test_triage_reads_a_feed_that_continues_from_the_start(
    shared_server: Running, filed: Report
) -> None:
    """SPEC 12.2."""
    answer = shared_server.signed(pair(shared_server, Role.TRIAGE), "GET", "/desk/v1/feed")

    items = parse_feed_page(answer.data)
    instance = shared_server.installation.key_set.instance_id
    verify_feed(items, last_sequence=0, last_head=head_zero(instance))
    assert parse_submission(filed.submission.raw).report in [item.report for item in items]
    assert "Replay-Nonce" in answer.headers


@pytest.mark.parametrize(
    ("path", "query", "roles"),
    [
        ("/desk/v1/feed", "", {Role.TRIAGE, Role.OVERSIGHT}),
        ("/desk/v1/feed/destroyed", "", {Role.TRIAGE, Role.OVERSIGHT}),
        ("/desk/v1/officers", "", set(Role)),
        ("/desk/v1/grants", "", set(Role)),
        ("/vault/v1/row-digests", "", set(Role) - {Role.AUDITOR, Role.APPROVER}),
        (
            "/vault/v1/rows",
            "purpose=3",
            {
                Role.CUSTODIAN,
                Role.INDEPENDENT_CUSTODIAN,
                Role.PROTECTION,
                Role.INDEPENDENT_PROTECTION,
            },
        ),
        ("/vault/v1/rows", "purpose=4", {Role.PROTECTION, Role.INDEPENDENT_PROTECTION}),
        ("/vault/v1/rows", "purpose=5", {Role.REWARD, Role.INDEPENDENT_REWARD}),
    ],
)
def test_every_role_gets_its_own_and_no_more(
    shared_server: Running, path: str, query: str, roles: set[Role]
) -> None:
    """DESIGN 4: the faces."""
    statuses = {
        role: shared_server.signed(pair(shared_server, role), "GET", path, query=query).status
        for role in Role
    }

    assert {role for role, status in statuses.items() if status == 200} == roles
    assert {status for role, status in statuses.items() if role not in roles} <= {403}


def test_a_nonce_counts_once(shared_server: Running) -> None:
    """SPEC 18."""
    officer, nonce = pair(shared_server, Role.TRIAGE), shared_server.nonce()

    first = shared_server.signed(officer, "GET", "/desk/v1/feed", nonce=nonce)
    second = shared_server.signed(officer, "GET", "/desk/v1/feed", nonce=nonce)

    assert first.status == 200
    assert second.status == 401
    assert second.json()["type"] == "/problems/nonce-refused"
    assert "Replay-Nonce" in second.headers


def test_a_forged_nonce_is_refused(shared_server: Running) -> None:
    """SPEC 18: the server knows its own."""
    nonce = bytearray(shared_server.nonce())
    nonce[0] ^= 1

    answer = shared_server.signed(
        pair(shared_server, Role.TRIAGE), "GET", "/desk/v1/feed", nonce=bytes(nonce)
    )

    assert answer.status == 401


def test_nobody_gets_in_whom_the_key_set_does_not_list(shared_server: Running) -> None:
    """SPEC 18."""
    answer = shared_server.signed(KeyPair.from_seed(seed("stranger")), "GET", "/desk/v1/feed")

    assert answer.status == 401
    assert answer.json()["type"] == "/problems/signature-refused"


@pytest.mark.parametrize("changed", ["method", "path", "query", "body", "instance"])
def test_a_signature_covers_the_whole_request(shared_server: Running, changed: str) -> None:
    """SPEC 18: method, path, query, body and instance are bound."""
    officer = pair(shared_server, Role.TRIAGE)
    signed = {"method": "POST", "path": "/desk/v1/slots", "query": "", "body": bytes(5400)}
    other = {"method": "GET", "path": "/desk/v1/grants", "query": "a=b", "body": b"\1" * 5400}
    shared = shared_server
    if changed == "instance":
        elsewhere = Authority("test", "http://127.0.0.1:1")
        publication = elsewhere.publish(seed("key"))
        shared = Running(
            shared_server.url,
            shared_server.process,
            shared_server.log,
            type(shared_server.installation)(
                shared_server.installation.data_dir, elsewhere, publication
            ),
            shared_server.pool,
        )
    else:
        signed[changed] = other[changed]

    headers = shared.authorization(
        officer,
        str(signed["method"]),
        str(signed["path"]),
        query=str(signed["query"]),
        body=bytes(signed["body"]),  # type: ignore[arg-type] # bytes in this member
        nonce=shared_server.nonce(),
    )
    answer = shared_server.request("POST", "/desk/v1/slots", bytes(5400), headers | BINARY)

    assert answer.status == 401
    assert answer.json()["type"] == "/problems/signature-refused"


@pytest.mark.parametrize(
    "sent",
    [
        "/desk/v1/%66eed",
        "/%64esk/v1/feed",
        "//desk/v1/feed",
        "{origin}/desk/v1/feed",
        "/desk/v1/feed#a",
    ],
)
@pytest.mark.parametrize("signed_as", ["sent", "routed"])
def test_a_path_has_one_spelling(shared_server: Running, sent: str, signed_as: str) -> None:
    """SPEC 18: the signature is over the path as sent, and that is the path that is served."""
    target = sent.format(origin=shared_server.url)
    headers = shared_server.authorization(
        pair(shared_server, Role.TRIAGE),
        "GET",
        target if signed_as == "sent" else "/desk/v1/feed",
        query="",
        body=b"",
        nonce=shared_server.nonce(),
    )

    answer = exchange(
        shared_server,
        f"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        f"Authorization: {headers['Authorization']}\r\n\r\n".encode(),
    )

    assert answer.split(b" ")[1] in {b"400", b"401", b"404"}


def test_a_custodian_gets_rows_that_match_the_digests(
    shared_server: Running, filed: Report
) -> None:
    """SPEC 10.4."""
    digests = shared_server.signed(
        pair(shared_server, Role.TRIAGE), "GET", "/vault/v1/row-digests"
    ).data
    rows = shared_server.signed(
        pair(shared_server, Role.CUSTODIAN), "GET", "/vault/v1/rows", query="purpose=3"
    ).data

    known = {digests[i : i + 32]: digests[i + 32 : i + 64] for i in range(0, len(digests), 64)}
    size = 32 + 8528
    got = {rows[i : i + 32]: rows[i + 32 : i + size] for i in range(0, len(rows), size)}
    assert all(known[row_id] == value_digest(value) for row_id, value in got.items())
    assert parse_submission(filed.submission.raw).row_ids[0] in got


def test_a_reply_reaches_the_reporter_through_its_slot(
    shared_server: Running, filed: Report
) -> None:
    """SPEC 11.3, 11.4: written once, read in a window of one size."""
    preimage = slot_preimage(filed.keys.slot_key(Role.TRIAGE), Role.TRIAGE, 0)
    value = seal_envelope(
        bytes(4096),
        purpose=Purpose.REPLY,
        place=slot_id(preimage),
        key_set_version=1,
        instance=shared_server.installation.key_set.instance_id,
        readers=(SealingKey(filed.keys.reply.recipient_key),),
    )
    officer = pair(shared_server, Role.TRIAGE)
    body = slot_id(preimage) + value

    written = shared_server.signed(officer, "POST", "/desk/v1/slots", body=body)
    again = shared_server.signed(officer, "POST", "/desk/v1/slots", body=body)
    window = preimage + filed.keys.acknowledgement(0).preimage + bytes(6 * 32)
    read = shared_server.request("POST", "/api/v1/slots", window, BINARY).data

    assert (written.status, again.status) == (204, 204)
    assert len(read) == 8 * 5369
    assert read[:5369] == b"\1" + value
    assert read[5369] == 1
    assert read[2 * 5369 :] == bytes(6 * 5369)


def test_a_reply_in_the_wrong_place_is_refused(shared_server: Running, filed: Report) -> None:
    """SPEC 6.1: the place says where an envelope lies."""
    value = seal_envelope(
        bytes(4096),
        purpose=Purpose.REPLY,
        place=b"p" * 32,
        key_set_version=1,
        instance=shared_server.installation.key_set.instance_id,
        readers=(SealingKey(filed.keys.reply.recipient_key),),
    )

    answer = shared_server.signed(
        pair(shared_server, Role.TRIAGE), "POST", "/desk/v1/slots", body=b"q" * 32 + value
    )

    assert answer.json()["type"] == "/problems/wrong-place"


def make_grant(server: Running, granter: Role, receiver: Role) -> bytes:
    """A grant from one officer to another."""
    to, by = pair(server, receiver), pair(server, granter)
    installation = server.installation
    instance = installation.key_set.instance_id
    envelope = seal_envelope(
        encode_desk_seed(DeskSeed(Role.TRIAGE, 1, seed("desk"))),
        purpose=Purpose.GRANT,
        place=installation.authority.officer(receiver).officer_id,
        key_set_version=1,
        instance=instance,
        readers=(SealingKey(to.recipient_key),),
    )
    signed = envelope + installation.authority.officer(granter).officer_id
    signature = by.signing.sign(GRANT_LABEL, instance, signed)
    return encode_grant(Grant(envelope, signed[-32:], signature))


def test_a_grant_reaches_its_officer_and_nobody_else(shared_server: Running) -> None:
    """SPEC 15.1."""
    grant = make_grant(shared_server, Role.TRIAGE, Role.OVERSIGHT)

    kept = shared_server.signed(
        pair(shared_server, Role.TRIAGE), "POST", "/desk/v1/grants", body=grant
    )
    received = shared_server.signed(pair(shared_server, Role.OVERSIGHT), "GET", "/desk/v1/grants")
    others = shared_server.signed(pair(shared_server, Role.REWARD), "GET", "/desk/v1/grants")

    assert kept.status == 204
    assert received.data == grant
    assert others.data == b""


def test_a_grant_signed_by_another_officer_is_refused(shared_server: Running) -> None:
    """SPEC 15.1: who sends it has signed it."""
    grant = make_grant(shared_server, Role.OVERSIGHT, Role.TRIAGE)

    answer = shared_server.signed(
        pair(shared_server, Role.REWARD), "POST", "/desk/v1/grants", body=grant
    )

    assert answer.status == 400


def lying_for(running: Running, role: Role) -> bytes:
    """All grants that lie for an officer."""
    return running.signed(pair(running, role), "GET", "/desk/v1/grants").data


def withdraw(running: Running, by: Role, receiver: bytes, digest: bytes = bytes(32)) -> int:
    """Ask for grants to be deleted; the status."""
    body = receiver + digest
    path = "/desk/v1/grants/withdraw"
    return running.signed(pair(running, by), "POST", path, body=body).status


def officer_of(running: Running, role: Role) -> bytes:
    """An officer's id."""
    return running.installation.authority.officer(role).officer_id


def test_a_granter_withdraws_what_they_gave_and_nothing_else(shared_server: Running) -> None:
    """Issue 4: withdraw; the grants that somebody else gave stay."""
    receiver = officer_of(shared_server, Role.REWARD)
    made = {
        role: make_grant(shared_server, role, Role.REWARD) for role in (Role.TRIAGE, Role.AUDITOR)
    }
    for role, grant in made.items():
        shared_server.signed(pair(shared_server, role), "POST", "/desk/v1/grants", body=grant)

    by_a_stranger = withdraw(shared_server, Role.CUSTODIAN, receiver)
    kept = lying_for(shared_server, Role.REWARD)
    by_the_granter = withdraw(shared_server, Role.TRIAGE, receiver)
    left = lying_for(shared_server, Role.REWARD)
    by_the_receiver = withdraw(shared_server, Role.REWARD, receiver)

    assert by_a_stranger == by_the_granter == by_the_receiver == 204
    assert sorted((kept[:1432], kept[1432:])) == sorted(made.values())
    assert left == made[Role.AUDITOR]
    assert lying_for(shared_server, Role.REWARD) == b""


def test_one_grant_is_withdrawn_by_its_digest(shared_server: Running) -> None:
    """Issue 4: a destroyed epoch's grant goes, those of other epochs stay."""
    receiver = officer_of(shared_server, Role.CUSTODIAN)
    first, second = (make_grant(shared_server, Role.TRIAGE, Role.CUSTODIAN) for _ in range(2))
    for grant in (first, second):
        triage = pair(shared_server, Role.TRIAGE)
        shared_server.signed(triage, "POST", "/desk/v1/grants", body=grant)

    withdraw(shared_server, Role.CUSTODIAN, receiver, hashlib.sha256(first).digest())

    assert lying_for(shared_server, Role.CUSTODIAN) == second


@pytest.mark.parametrize("size_bytes", [32, 63, 65])
def test_a_withdrawal_of_another_length_is_refused(shared_server: Running, size_bytes: int) -> None:
    """API 3."""
    answer = shared_server.signed(
        pair(shared_server, Role.TRIAGE),
        "POST",
        "/desk/v1/grants/withdraw",
        body=bytes(size_bytes),
    )

    assert answer.status in {400, 413}


def test_officers_get_the_note_that_the_key_set_names(shared_server: Running) -> None:
    """SPEC 13.5."""
    answer = shared_server.signed(pair(shared_server, Role.AUDITOR), "GET", "/desk/v1/officers")

    assert answer.data.decode() == shared_server.installation.publication.officers
