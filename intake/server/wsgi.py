"""The faces of one process as one WSGI application."""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flask import Flask

from intake.server.config import (
    CONFIG_VARIABLE,
    MEMORY_LIMITER,
    Face,
    Settings,
    load_settings,
)
from intake.server.desk.app import create_desk_app
from intake.server.errors import StartError
from intake.server.face import Resources, make_app, utc_now
from intake.server.headers import WithHeaders, fixed_headers
from intake.server.heap import share_heap
from intake.server.key_sets import KeySets, read_root_key
from intake.server.limiter_key import DailyKey, prepared_daily_key
from intake.server.public.app import create_public_app
from intake.server.public.delivery_views import DELIVER_PATH, FORM_PAGE
from intake.server.secret_files import prepare_folder
from intake.server.store.database import LARGE_VALUES, Database, open_database
from intake.server.store.feed import prepare_feed
from intake.server.store.migrate import MAIN_SCHEMA, PARTS_SCHEMA, VAULT_SCHEMA, migrate
from intake.server.upkeep import Upkeep, start_upkeep
from intake.server.vault.app import create_vault_app

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_FACTORIES: Final[Mapping[Face, Callable[[Resources], Flask]]] = {
    Face.PUBLIC: create_public_app,
    Face.DESK: create_desk_app,
    Face.VAULT: create_vault_app,
}
PATHS_WITH_FORM: Final = frozenset({DELIVER_PATH, f"/{FORM_PAGE}"})
# Beside the threads that serve, one connection for a health check.
_SPARE_CONNECTIONS: Final = 1


class Faces:
    """Hands each request to the face whose name its path begins with, else to the public one."""

    def __init__(self, apps: Mapping[Face, Flask], rest: Flask) -> None:
        self._by_prefix = {
            f"/{face}/": app for face, app in apps.items() if face is not Face.PUBLIC
        }
        self._rest = apps.get(Face.PUBLIC, rest)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        for prefix, app in self._by_prefix.items():
            if path.startswith(prefix):
                return app(environ, start_response)
        return self._rest(environ, start_response)


def open_resources(settings: Settings) -> Resources:
    """Open and prepare everything that the faces need.

    Raises:
        StartError: Something is missing or belongs to another instance.
        StoreUnavailableError: A database does not answer.
    """
    prepare_folder(settings.data_dir)
    daily_key = prepared_daily_key()
    if daily_key is None:
        if settings.limiter_url != MEMORY_LIMITER:
            raise StartError("limiter key: start with 'intake serve', which makes it for all")
        daily_key = DailyKey.fresh(utc_now())
    key_sets = KeySets(settings.data_dir, read_root_key(settings.root_key), utc_now)
    key_sets.load()
    if settings.faces & {Face.DESK, Face.VAULT} and not key_sets.newest().officers:
        raise StartError("key-sets: no officers note; install the key set with --officers")
    connections = settings.threads + _SPARE_CONNECTIONS
    main = open_database(settings.database_url, connections=connections)
    migrate(main, MAIN_SCHEMA)
    if settings.faces & {Face.PUBLIC, Face.DESK}:
        prepare_feed(main, key_sets.newest().key_set.instance_id)
    vault: Database | None = None
    if settings.faces & {Face.PUBLIC, Face.VAULT}:
        vault = open_database(settings.vault_database_url, connections=connections)
        migrate(vault, VAULT_SCHEMA)
    parts: Database | None = None
    if settings.faces & {Face.PUBLIC, Face.DESK}:
        url = settings.parts_database_url
        parts = open_database(url, connections=connections, layout=LARGE_VALUES)
        migrate(parts, PARTS_SCHEMA)
    return Resources(settings, key_sets, daily_key, main, vault, parts, utc_now)


def close_resources(resources: Resources) -> None:
    """Close all connections, so that nothing is shared with a process forked after this."""
    for database in (resources.main, resources.vault, resources.parts):
        if database is not None:
            database.engine.dispose()


def upkeep_of(resources: Resources) -> Upkeep:
    """What this process looks after; files are the public face's, whose parts they are."""
    databases = (resources.main, resources.vault, resources.parts)
    kept = [database for database in databases if database is not None and database.is_sqlite]
    expiring = resources.parts if Face.PUBLIC in resources.settings.faces else None
    return Upkeep(kept, expiring, resources.clock)


def assemble(resources: Resources) -> "WSGIApplication":
    """The faces that the settings ask for, each an app of its own."""
    apps = {
        face: factory(resources)
        for face, factory in _FACTORIES.items()
        if face in resources.settings.faces
    }
    faces = Faces(apps, make_app("none", None))
    origin = resources.settings.page.api_origin
    with_form = fixed_headers(origin, with_form=True)
    return WithHeaders(faces, fixed_headers(origin), with_form, PATHS_WITH_FORM)


def create_app(settings: Settings | None = None) -> "WSGIApplication":
    """What gunicorn serves.

    Args:
        settings: Those of the environment, when left out.

    Raises:
        ConfigError, StartError, StoreUnavailableError: One line each that says why not.
    """
    if settings is None:
        file = os.environ.get(CONFIG_VARIABLE)
        settings = load_settings(Path(file) if file else None, os.environ)
    share_heap()
    resources = open_resources(settings)
    start_upkeep(upkeep_of(resources), settings.data_dir)
    return assemble(resources)
