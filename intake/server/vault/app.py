"""The app of the vault face."""

from flask import Flask

from intake.server.errors import StartError
from intake.server.face import Resources, make_app
from intake.server.limits import install_limits
from intake.server.secret_files import nonce_secret
from intake.server.signed_requests import Nonces, Reception
from intake.server.vault import views


def create_vault_app(resources: Resources) -> Flask:
    """Wire the vault face.

    Raises:
        StartError: The nonce secret cannot be made or read.
    """
    settings = resources.settings
    if resources.vault is None:
        raise StartError("faces (INTAKE_FACES): the vault face needs the vault database")
    reception = Reception(resources, Nonces(nonce_secret(settings.data_dir), resources.clock))
    app = make_app("vault", views.VaultState(resources, resources.vault, reception))
    app.after_request(reception.add_nonce)
    gate = install_limits(app, settings, resources.daily_key, resources.clock)
    for path, method, view in (
        ("nonce", "POST", views.give_nonce),
        ("row-digests", "GET", views.serve_digests),
        ("rows", "GET", views.serve_rows),
    ):
        limited = gate(settings.limits.officers, view)
        app.add_url_rule(f"/vault/v1/{path}", methods=[method], view_func=limited)
    return app
