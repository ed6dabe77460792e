"""Refusals as problem documents (RFC 9457), the frameworks' own included.

`type` is `/problems/<name>` for what `intake/API.md` lists and `about:blank` for the rest. No
document repeats anything that the client sent.
"""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from flask import Flask, Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from crypto.errors import SealedIntakeError
from crypto.wire.strict_json import JsonValue, encode_json
from intake.server.errors import (
    NonceUsedError,
    PartsMissingError,
    PartTakenError,
    RowTakenError,
    SlotTakenError,
    StoreFullError,
    StoreUnavailableError,
)

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"
RETRY_UNAVAILABLE_SECONDS: Final = 5
RETRY_FULL_SECONDS: Final = 300
_LOGGER: Final = logging.getLogger(__name__)


class ProblemError(Exception):
    """A refusal with a name of its own.

    Args:
        status: HTTP status.
        name: Last part of `type`.
        title: One English sentence, the same for every case of the name.
        members: Further members, such as the name of a SPEC error.
        headers: Such as `Retry-After`.
    """

    def __init__(
        self,
        status: HTTPStatus,
        name: str,
        title: str,
        *,
        members: Mapping[str, JsonValue] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(name)
        self.status = status
        self.name = name
        self.title = title
        self.members = members or {}
        self.headers = headers or {}


def problem_response(problem: ProblemError) -> Response:
    """The problem document."""
    document: dict[str, JsonValue] = {
        "type": f"/problems/{problem.name}",
        "title": problem.title,
        "status": int(problem.status),
        **problem.members,
    }
    return _response(problem.status, document, problem.headers)


def _response(
    status: int, document: Mapping[str, JsonValue], headers: Mapping[str, str] | None = None
) -> Response:
    response = Response(encode_json(document), status=status, mimetype=PROBLEM_MEDIA_TYPE)
    response.headers.extend(headers or {})
    return response


def malformed(error: SealedIntakeError) -> ProblemError:
    """What a body earns that the formats refuse; `error` is a name of SPEC 19."""
    return ProblemError(
        HTTPStatus.BAD_REQUEST,
        "malformed",
        "The body does not follow the format.",
        members={"error": type(error).__name__, "detail": str(error)},
    )


def install_problems(app: Flask) -> None:
    """Answer every error of an app with a problem document."""
    app.register_error_handler(ProblemError, problem_response)
    app.register_error_handler(SlotTakenError, _slot_taken)
    app.register_error_handler(RowTakenError, _row_taken)
    app.register_error_handler(PartTakenError, _part_taken)
    app.register_error_handler(PartsMissingError, _parts_missing)
    app.register_error_handler(NonceUsedError, _nonce_used)
    app.register_error_handler(StoreUnavailableError, _unavailable)
    app.register_error_handler(StoreFullError, _full)
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)


def _slot_taken(_: SlotTakenError) -> Response:
    title = "The slot holds something else."
    return problem_response(ProblemError(HTTPStatus.CONFLICT, "slot-taken", title))


def _row_taken(_: RowTakenError) -> Response:
    title = "A row holds something else."
    return problem_response(ProblemError(HTTPStatus.CONFLICT, "row-taken", title))


def _part_taken(_: PartTakenError) -> Response:
    title = "Other bytes are kept as this part."
    return problem_response(ProblemError(HTTPStatus.CONFLICT, "part-taken", title))


def _parts_missing(_: PartsMissingError) -> Response:
    title = "Not all parts of the file are here."
    return problem_response(ProblemError(HTTPStatus.CONFLICT, "parts-missing", title))


def _nonce_used(_: NonceUsedError) -> Response:
    return problem_response(nonce_refused())


def nonce_refused() -> ProblemError:
    """The nonce of a signed request is forged, too old or used."""
    return ProblemError(
        HTTPStatus.UNAUTHORIZED,
        "nonce-refused",
        "The nonce is not one that counts; take a new one.",
        headers={"WWW-Authenticate": "SealedIntake"},
    )


def not_found() -> ProblemError:
    """There is no such thing."""
    return ProblemError(HTTPStatus.NOT_FOUND, "not-found", "There is no such thing here.")


def _not_found(_: NotFound) -> Response:
    return problem_response(not_found())


def _unavailable(_: StoreUnavailableError) -> Response:
    return problem_response(
        ProblemError(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "unavailable",
            "Nothing was kept; try again later.",
            headers={"Retry-After": str(RETRY_UNAVAILABLE_SECONDS)},
        )
    )


def _full(_: StoreFullError) -> Response:
    return problem_response(
        ProblemError(
            HTTPStatus.INSUFFICIENT_STORAGE,
            "full",
            "No room is left; nothing was kept.",
            headers={"Retry-After": str(RETRY_FULL_SECONDS)},
        )
    )


def _http(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    headers: dict[str, str] = {}
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return _response(status, _untyped(status), headers)


def _unforeseen(error: Exception) -> Response:
    # Only the type and the places are logged: the text of an error may quote a request.
    _LOGGER.error("unforeseen", exc_info=(type(error), BaseException(), error.__traceback__))
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return _response(status, _untyped(status))


def _untyped(status: HTTPStatus) -> Mapping[str, JsonValue]:
    return {"type": "about:blank", "title": status.phrase, "status": int(status)}
