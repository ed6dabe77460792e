"""The view behind the form for browsers without scripts: it takes sealed reports and nothing else.

Its answers are static pages that depend on the outcome alone. Source: SPEC §22.
"""

from http import HTTPStatus
from typing import Final

from flask import Response, request

from crypto.wire.files import bucket_bytes
from crypto.wire.sealed_report import SealedReport
from crypto.wire.submission import Submission
from intake.server.bodies import announced_length, too_large
from intake.server.deadlines import Wait
from intake.server.delivery import Delivery, Source
from intake.server.errors import (
    DamagedError,
    MalformedFormError,
    NotSealedError,
    PartsMissingError,
    PartTakenError,
    RowTakenError,
    SlotTakenError,
    StoreUnavailableError,
)
from intake.server.face import state_of
from intake.server.multipart import form_boundary, form_file
from intake.server.problems import ProblemError
from intake.server.public.views import PublicState
from intake.server.registration import arrive
from intake.server.uploads import SECONDS_FOR_A_PART, drain, read_some

DELIVER_PATH: Final = "/deliver"
FORM_PAGE: Final = "deliver.html"
# What a form adds to the file: boundaries, header lines, a long file name.
_FORM_BYTES: Final = 65_536
# So that who chose a picture by mistake sees why it was refused, not a broken connection.
_DRAINED_BYTES: Final = 32 * 2**20
_PAGES: Final = {
    HTTPStatus.OK: "deliver_accepted.html",
    HTTPStatus.CONFLICT: "deliver_outdated.html",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "deliver_too_large.html",
    HTTPStatus.UNPROCESSABLE_ENTITY: "deliver_damaged.html",
    HTTPStatus.TOO_MANY_REQUESTS: "deliver_later.html",
    HTTPStatus.INTERNAL_SERVER_ERROR: "deliver_later.html",
    HTTPStatus.SERVICE_UNAVAILABLE: "deliver_later.html",
    HTTPStatus.INSUFFICIENT_STORAGE: "deliver_full.html",
}
_OTHER_PAGE: Final = "deliver_not_sealed.html"


def accept_delivery() -> Response:
    """Take a sealed report from a form."""
    state = state_of(PublicState)
    largest = state.resources.settings.files.max_delivery_bytes
    announced_length(largest + _FORM_BYTES)
    try:
        boundary = form_boundary(request.headers.get("Content-Type", ""))
        with (
            state.delivery_turns.take(),
            state.upload_turns.take(),
            state.deadlines.within(request.environ, SECONDS_FOR_A_PART) as wait,
        ):
            _deliver(state, boundary, wait)
    except (NotSealedError, MalformedFormError):
        title = "This is no sealed report; nothing was kept."
        raise ProblemError(HTTPStatus.BAD_REQUEST, "not-sealed", title) from None
    except (DamagedError, PartTakenError, SlotTakenError, RowTakenError):
        title = "The sealed report is damaged; it was not taken."
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "damaged", title) from None
    except PartsMissingError:
        # A damaged copy that came at the same time took its parts back; the same file again brings
        # them, and finds the submission registered.
        raise StoreUnavailableError("parts went while they were claimed") from None
    return Response(status=HTTPStatus.OK)


def _deliver(state: PublicState, boundary: bytes, wait: Wait | None) -> None:
    def read(most_bytes: int) -> bytes:
        if wait is not None:
            wait.extend(SECONDS_FOR_A_PART)
        return read_some(most_bytes)

    def admit(report: SealedReport, submission: Submission) -> None:
        files = state.resources.settings.files
        largest = max((each.upload.bucket_bytes for each in report.files), default=0)
        if report.size_bytes > files.max_delivery_bytes:
            raise too_large()
        if largest > bucket_bytes(files.max_file_bytes):
            raise too_large()
        state.refuse_outdated(submission)

    def register(submission: Submission) -> bytes:
        return state.registrar.register(arrive(submission))

    Delivery(Source(form_file(read, boundary)), state.parts, admit, register).run()


def show_outcome(response: Response) -> Response:
    """Turn every answer to the form into a page; the status alone chooses it."""
    if request.path != DELIVER_PATH or request.method != "POST":
        return response
    state = state_of(PublicState)
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        drain(state.deadlines, _DRAINED_BYTES)
    page = state.files.get(_PAGES.get(HTTPStatus(response.status_code), _OTHER_PAGE))
    if page is not None:
        response.data = page.body
        response.content_type = page.media_type
    return response
