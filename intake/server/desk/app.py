"""The app of the desk face."""

from flask import Flask

from intake.server.desk import views
from intake.server.errors import StartError
from intake.server.face import Resources, make_app
from intake.server.limits import install_limits
from intake.server.secret_files import nonce_secret
from intake.server.signed_requests import Nonces, Reception


def create_desk_app(resources: Resources) -> Flask:
    """Wire the desk face.

    Raises:
        StartError: The nonce secret cannot be made or read.
    """
    settings = resources.settings
    if resources.parts is None:
        raise StartError("faces (INTAKE_FACES): the desk face needs the parts database")
    nonces = Nonces(nonce_secret(settings.data_dir), resources.clock)
    reception = Reception(resources, nonces)
    app = make_app("desk", views.DeskState(resources, resources.parts, reception))
    app.after_request(reception.add_nonce)
    gate = install_limits(app, settings, resources.daily_key, resources.clock)
    for path, method, view in (
        ("nonce", "POST", views.give_nonce),
        ("feed", "GET", views.serve_feed),
        ("feed/destroyed", "GET", views.serve_destroyed),
        ("feed/destroy", "POST", views.destroy),
        ("officers", "GET", views.serve_officers),
        ("slots", "POST", views.write_slot),
        ("grants", "POST", views.write_grant),
        ("grants", "GET", views.serve_grants),
        ("grants/withdraw", "POST", views.withdraw),
        ("parts/read", "POST", views.serve_part),
        ("parts/destroy", "POST", views.destroy_parts),
    ):
        limited = gate(settings.limits.officers, view)
        app.add_url_rule(f"/desk/v1/{path}", methods=[method], view_func=limited)
    return app
