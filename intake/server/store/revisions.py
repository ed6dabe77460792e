"""Alembic, told which folder of revisions belongs to which database."""

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from intake.server.store.migrate import MIGRATIONS, Schema


def configuration(schema: Schema, connection: Connection | None = None) -> Config:
    """Alembic's settings for one database; nothing is read from an ini file."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("version_locations", str(MIGRATIONS / schema.name))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    return config


def newest(schema: Schema) -> str | None:
    """The head of the folder's revisions."""
    return ScriptDirectory.from_config(configuration(schema)).get_current_head()


def upgrade(connection: Connection, schema: Schema) -> bool:
    """Run what is missing, inside the caller's transaction.

    Returns:
        False when the database stands at a revision that this version does not know.
    """
    try:
        command.upgrade(configuration(schema, connection), "head")
    except CommandError:
        return False
    return True
