"""The pages of an admitted browser. Each view parses, calls and answers."""

from collections.abc import Iterable
from dataclasses import replace

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crypto.errors import SealedIntakeError
from crypto.wire.contents import URGENCIES
from triage.cases.report import ReportSummary, Sibling
from triage.console.alerts import Alert, alerts_of
from triage.console.codes import CATEGORY_FAMILIES
from triage.console.context import Message, console, set_cookie, speaker, typed_form
from triage.console.languages import UnknownLanguageError, parse_language
from triage.console.preferences import write_preferences
from triage.console.presentation import questions_left_blank
from triage.console.queue_query import QueueQuery, parse_queue_query
from triage.console.workplace import SyncKind, SyncOutcome, utc_now
from triage.errors import LockedError, TriageError
from triage.register.reading import Filter
from triage.workstation.station import HeldDesk

PAGE_REPORTS = 50
SYNC_WAIT_SECONDS = 20

pages = Blueprint("pages", __name__)


@pages.get("/")
def queue() -> ResponseReturnValue:
    """The list of reports, newest first."""
    query = parse_queue_query(request.args)
    found = _find(query)
    return render_template(
        "queue.html",
        query=query,
        reports=found[:PAGE_REPORTS],
        older=query.older_than(found[PAGE_REPORTS - 1].sequence)
        if len(found) > PAGE_REPORTS
        else None,
        alerts=_alerts(),
        families=CATEGORY_FAMILIES,
        urgencies=URGENCIES,
    )


@pages.get("/reports/<ref>")
def report(ref: str) -> ResponseReturnValue:
    """One report with everything that its reporter said; it counts as read from now on."""
    session = console().workplace.session
    opened = session.report(ref)
    session.mark_read(opened.ref)
    written_in = opened.report.get("language")
    return render_template(
        "report.html",
        opened=opened,
        summary=opened.summary,
        blank=questions_left_blank(opened.report),
        beside=session.neighbours(opened.summary.sequence),
        parts_named=_parts_named,
        written_in=written_in if isinstance(written_in, str) else None,
        withdrawal=opened.summary.withdrawal,
        today=utc_now().date(),
        moving={each.number: each for each in session.transfers(opened.ref)},
    )


@pages.post("/reports/<ref>/unread")
def mark_unread(ref: str) -> ResponseReturnValue:
    """Put a report back among the unread ones."""
    console().workplace.session.mark_read(ref, read=False)
    return redirect(url_for("pages.queue"), 303)


@pages.get("/quarantine")
def quarantine() -> ResponseReturnValue:
    """What was sealed to a desk of this officer and could not be opened."""
    return render_template("quarantine.html", items=console().workplace.session.quarantined())


@pages.get("/settings")
def settings() -> ResponseReturnValue:
    """Choices, and what this workstation is."""
    return render_template("settings.html", station=_station())


@pages.post("/settings")
def change_settings() -> ResponseReturnValue:
    """Keep the officer's choices."""
    here = console()
    here.preferences = replace(here.preferences, shortcuts=request.form.get("shortcuts") == "1")
    write_preferences(here.workplace.workstation.home, here.preferences)
    here.message = Message(speaker().phrase("settings.saved"))
    return redirect(url_for("pages.settings"), 303)


@pages.post("/language")
def choose_language() -> ResponseReturnValue:
    """Switch the language and come back to the same page."""
    here = console()
    try:
        language = parse_language(request.form.get("language", ""))
    except UnknownLanguageError:
        return Response(status=400)
    here.preferences = replace(here.preferences, language=language)
    write_preferences(here.workplace.workstation.home, here.preferences)
    return redirect(_way_back(request.form.get("return_to", "")), 303)


@pages.post("/sync")
def sync() -> ResponseReturnValue:
    """Look at the server now, and say what came of it."""
    here = console()
    here.message = _told(here.workplace.sync(now=utc_now, wait_seconds=SYNC_WAIT_SECONDS))
    return redirect(_way_back(request.form.get("return_to", "")), 303)


@pages.get("/unlock")
def unlock() -> ResponseReturnValue:
    """Ask for the passphrase."""
    if console().workplace.is_unlocked:
        return redirect(url_for("pages.queue"), 303)
    return render_template("unlock.html", error="")


@pages.post("/unlock")
def try_unlock() -> ResponseReturnValue:
    """Open the keys with the passphrase; the cookie changes with it."""
    here = console()
    form = typed_form()
    if not form.passphrase:
        return _not_unlocked(speaker().phrase("unlock.error.empty"))
    try:
        here.workplace.unlock(form.passphrase)
    except LockedError:
        return _not_unlocked(speaker().phrase("unlock.error.passphrase"))
    except (TriageError, SealedIntakeError) as error:
        return _not_unlocked(speaker().fault(type(error).__name__))
    finally:
        form.forget()
    return set_cookie(redirect(url_for("pages.queue"), 303), here.entrance.renew())


@pages.post("/lock")
def lock() -> ResponseReturnValue:
    """Close the keys; the cookie changes with it."""
    here = console()
    here.workplace.lock()
    return set_cookie(redirect(url_for("pages.unlock"), 303), here.entrance.renew())


@pages.get("/status")
def status() -> ResponseReturnValue:
    """What an open page asks by itself: is it still unlocked, how long, did anything arrive."""
    workplace = console().workplace
    return jsonify(
        unlocked=workplace.is_unlocked,
        seconds_left=workplace.seconds_left(),
        opened_in_all=workplace.sync_state.opened_in_all,
    )


@pages.post("/active")
def active() -> ResponseReturnValue:
    """The officer moves the mouse, types or scrolls: the idle clock starts anew."""
    return jsonify(seconds_left=console().workplace.seconds_left())


def _find(query: QueueQuery) -> tuple[ReportSummary, ...]:
    """One report more than a page holds, so that it is known whether another page follows."""
    which = Filter(
        unread=True if query.unread else None,
        category=query.category,
        urgency=query.urgency,
        said=query.text or None,
        withdrawn=query.withdrawn,
    )
    session = console().workplace.session
    return session.list_reports(which, before=query.before, limit=PAGE_REPORTS + 1)


def _alerts() -> tuple[Alert, ...]:
    workplace = console().workplace
    return alerts_of(
        workplace.session.notices(),
        workplace.sync_state,
        quarantined=workplace.session.counts().quarantined,
        speaker=speaker(),
    )


def _parts_named(siblings: Iterable[Sibling]) -> str:
    """The names of sealed parts, each once, for a sentence."""
    names = dict.fromkeys(speaker().phrase(f"report.part.{each.purpose}") for each in siblings)
    return ", ".join(names)


def _station() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What this workstation is, as labels, each with its values."""
    workplace, phrase = console().workplace, speaker().phrase
    station = workplace.session.station()
    desks = tuple(_desk(desk) for desk in station.desks)
    synced_at = workplace.sync_state.succeeded_at
    key_set = phrase(
        "settings.key-set.value",
        version=station.key_set_version,
        until=speaker().clock(station.key_set_until),
    )
    minutes = workplace.idle_seconds // 60
    return (
        (phrase("settings.officer"), (console().officer,)),
        (phrase("settings.desks"), desks or (phrase("settings.desks.none"),)),
        (phrase("settings.server"), (station.server_url,)),
        (
            phrase("settings.synced"),
            (speaker().clock(synced_at) if synced_at else phrase("settings.synced.never"),),
        ),
        (phrase("settings.key-set"), (key_set,)),
        (phrase("settings.home"), (str(workplace.workstation.home),)),
        (phrase("settings.idle"), (phrase("settings.idle.minutes", count=minutes),)),
    )


def _desk(desk: HeldDesk) -> str:
    phrase = speaker().phrase
    name = phrase(f"role.{desk.role.wire_name}")
    newest = phrase("settings.desks.desk", role=name, epoch=desk.epoch)
    if not desk.earlier:
        return newest
    return phrase("settings.desks.earlier", desk=newest, count=desk.earlier)


def _not_unlocked(error: str) -> ResponseReturnValue:
    return Response(render_template("unlock.html", error=error), 403)


def _way_back(path: str) -> str:
    """An address of ours to return to; anything else leads to the list."""
    # Only our own path, and no backslash or control character by which a browser could be led
    # to read the rest as another host.
    ours = f"/{console().entrance.path}/"
    plain = path.isascii() and path.isprintable() and "\\" not in path
    return path if plain and path.startswith(ours) else url_for("pages.queue")


def _faults(outcome: SyncOutcome) -> str:
    return " ".join(dict.fromkeys(speaker().fault(name) for name in outcome.faults))


def _told(outcome: SyncOutcome | None) -> Message:
    """What to say about a sync."""
    phrase = speaker().phrase
    if outcome is None:
        return Message(phrase("sync.busy"), good=False)
    if outcome.kind is SyncKind.UNREACHABLE:
        return Message(phrase("sync.unreachable"), good=False)
    if outcome.kind is SyncKind.REFUSED:
        return Message(phrase("sync.refused", reason=_faults(outcome)), good=False)
    parts = [
        phrase(f"sync.{what}", count=count)
        for what, count in (("new", outcome.opened), ("quarantined", outcome.quarantined))
        if count
    ]
    if outcome.faults:
        parts.append(phrase("sync.problems", reason=_faults(outcome)))
    return Message(" ".join(parts) or phrase("sync.none"), good=not outcome.faults)
