"""Used nonces of officers' requests and of solved challenges: each counts once over all workers.

Source: SPEC 18; intake/API.md 2.5.
"""

from typing import Final

from sqlalchemy import Connection, bindparam, delete
from sqlalchemy.dialects import postgresql, sqlite

from intake.server.errors import NonceUsedError
from intake.server.store.tables import used_nonces

_USE: Final = {
    "sqlite": sqlite.insert(used_nonces).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(used_nonces).on_conflict_do_nothing(),
}
_FORGET: Final = delete(used_nonces).where(used_nonces.c.expires_minute < bindparam("minute"))


def use_nonce(connection: Connection, nonce: bytes, *, expires_minute: int, minute: int) -> None:
    """Mark a nonce as used and forget those that have expired.

    Args:
        connection: Of a write transaction on the main database.
        nonce: The 16 random bytes of it, or of the challenge.
        expires_minute: When it may be forgotten, whole minutes since 1970.
        minute: Now.

    Raises:
        NonceUsedError: It was used before.
    """
    connection.execute(_FORGET, {"minute": minute})
    values = {"nonce": nonce, "expires_minute": expires_minute}
    if connection.execute(_USE[connection.dialect.name], values).rowcount != 1:
        raise NonceUsedError("SPEC 18: a nonce counts once")
