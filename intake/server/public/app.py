"""The app of the public face."""

from collections.abc import Mapping
from dataclasses import replace
from importlib import resources as package_files
from typing import Final

from flask import Flask

from crypto.signing.sign import SigningKey
from crypto.wire.key_set import KeySet
from crypto.wire.signed_note import ROOT_NAME, encode_verifier_key
from intake.server.config import Limits, PageText, Settings
from intake.server.deadlines import Deadlines
from intake.server.errors import StartError
from intake.server.face import Resources, make_app
from intake.server.limits import Gate, install_limits
from intake.server.offline_page import NOTE_NAME, PAGE_NAME, OfflinePages
from intake.server.page import DIST, assemble_page
from intake.server.proofs import Proofs, Weight
from intake.server.public import delivery_views, part_views, views
from intake.server.registration import Registrar
from intake.server.secret_files import nonce_secret, read_acknowledgement_key
from intake.server.uploads import PartStore, Turns

# Eight logs as long as they grow before they are folded in, or 1,400 submissions.
ROOM_FLOOR_BYTES: Final = 64 * 2**20
API_PATH: Final = "/api/v1"
# Of the threads of a worker, one in so many may receive a file.
THREADS_FOR_EACH_UPLOAD: Final = 2
THREADS_FOR_EACH_DELIVERY: Final = 4


def create_public_app(resources: Resources, *, room_floor_bytes: int = ROOM_FLOOR_BYTES) -> Flask:
    """Wire the public face.

    Args:
        resources: With the vault.
        room_floor_bytes: Room on the disks of SQLite's files below which health fails.

    Raises:
        StartError: No acknowledgement key, or one that the newest key set does not certify; or the
            nonce secret cannot be made or read.
    """
    settings = resources.settings
    state = _state(resources, room_floor_bytes)
    app = make_app("public", state)
    proofs = Proofs(nonce_secret(settings.data_dir), resources.main, resources.clock)
    gate = install_limits(app, settings, resources.daily_key, resources.clock, proofs)
    _add_limited(app, settings.limits, gate)
    app.after_request(part_views.drain_refused_part)
    app.after_request(delivery_views.show_outcome)
    app.add_url_rule(f"{API_PATH}/key-set", view_func=views.serve_key_set)
    app.add_url_rule(f"{API_PATH}/key-sets/<int:version>", view_func=views.serve_key_set_version)
    app.add_url_rule(f"{API_PATH}/openapi.json", view_func=views.serve_openapi)
    app.add_url_rule(f"{API_PATH}/health", view_func=views.report_health)
    app.add_url_rule(f"/{PAGE_NAME}", view_func=views.serve_offline_page)
    app.add_url_rule(f"/{NOTE_NAME}", view_func=views.serve_offline_page_note)
    # No rule for all paths: it would answer for those of the API that want another method.
    for name in state.files:
        app.add_url_rule(f"/{name}", view_func=views.serve_file)
    return app


def _state(resources: Resources, room_floor_bytes: int) -> views.PublicState:
    """What the views work with.

    Raises:
        StartError: As `create_public_app`.
    """
    settings, clock = resources.settings, resources.clock
    if resources.vault is None:
        raise StartError("faces (INTAKE_FACES): the public face needs the vault database")
    if resources.parts is None:
        raise StartError("faces (INTAKE_FACES): the public face needs the parts database")
    key_set = resources.key_sets.newest().key_set
    signing_key = _signing_key(settings, key_set)
    root_key = encode_verifier_key(ROOT_NAME, resources.key_sets.root_key)
    offline_pages = OfflinePages(settings.data_dir, resources.key_sets.root_key, clock)
    offline_pages.current()  # Looked for now, so that the first visitors need not wait for it.
    return views.PublicState(
        resources=resources,
        registrar=Registrar(
            resources.main, resources.vault, key_set.instance_id, signing_key, clock
        ),
        parts=PartStore(resources.parts, settings.files.reserve_bytes, clock),
        upload_turns=Turns(max(1, settings.threads // THREADS_FOR_EACH_UPLOAD)),
        delivery_turns=Turns(max(1, settings.threads // THREADS_FOR_EACH_DELIVERY)),
        deadlines=Deadlines(),
        files=assemble_page(DIST, _named(settings.page, key_set.body.body_name), root_key),
        offline_pages=offline_pages,
        openapi=package_files.files("intake").joinpath("openapi.json").read_bytes(),
        room_floor_bytes=room_floor_bytes,
    )


def _signing_key(settings: Settings, key_set: KeySet) -> SigningKey:
    """The acknowledgement key, where the newest key set and the page go with it.

    Raises:
        StartError: They don't.
    """
    signing_key = read_acknowledgement_key(settings.data_dir)
    certified = {c.verification_key for c in key_set.acknowledgement_keys}
    if signing_key.verification_key not in certified:
        raise StartError("acknowledgement.key: the newest key set does not certify it")
    if settings.page.minimum_version > key_set.version:
        reason = f"above the newest installed key set, {key_set.version}"
        raise StartError(f"minimum_version (INTAKE_MINIMUM_VERSION): {reason}")
    return signing_key


def _add_limited(app: Flask, limits: Limits, gate: Gate) -> None:
    """Every route that writes or that a guesser could ask."""
    for path, rate, view, weight in (
        (f"{API_PATH}/submissions", limits.submissions, views.accept_submission, Weight.HEAVY),
        (f"{API_PATH}/slots", limits.slots, views.read_slots, Weight.LIGHT),
        (part_views.PARTS_PATH, limits.parts, part_views.accept_part, Weight.LIGHT),
        (f"{part_views.PARTS_PATH}/held", limits.parts, part_views.list_held_parts, Weight.LIGHT),
        (f"{part_views.PARTS_PATH}/kept", limits.parts, part_views.claim_parts, Weight.LIGHT),
        (
            delivery_views.DELIVER_PATH,
            limits.submissions,
            delivery_views.accept_delivery,
            Weight.HEAVY,
        ),
    ):
        app.add_url_rule(path, methods=["POST"], view_func=gate(rate, view, weight))


def _named(page: PageText, body_name: Mapping[str, str]) -> PageText:
    """The page's texts, with the authority's own name where no setting gives one."""
    return replace(
        page,
        body_name_zh=page.body_name_zh or body_name["zh-CN"],
        body_name_en=page.body_name_en or body_name["en"],
    )
