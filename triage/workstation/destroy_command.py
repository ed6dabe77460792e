"""`triage destroy`, and the list of what was destroyed."""

import argparse
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from crypto.wire.instants import encode_instant
from triage.cases.report import DestroyedReport
from triage.cases.withdrawal import require_due
from triage.output import Json, Output
from triage.terminal import confirm
from triage.workstation.session import Session


def destroy(session: Session, arguments: argparse.Namespace) -> Output:
    """Destroy one report whose reporter asked for it and whose day has come.

    Raises:
        TriageError: as `Session.destroy`.
    """
    opened = session.report(arguments.ref)
    require_due(opened.summary.withdrawal, datetime.now(UTC).date())
    confirm(
        f"Destroys {opened.ref} for good, on the server and here: report, {len(opened.messages)}"
        f" message(s), {len(opened.files)} file(s), answers and notes. Other officers' consoles"
        " follow. What stays: this REF with days and numbers, the sealed identity, protection and"
        " reward parts, answers in the mailbox, and what anybody exported or printed.",
        agreed=arguments.yes,
    )
    session.destroy(opened.ref)
    return Output(
        {"ref": opened.ref, "destroyed": True},
        (f"{opened.ref} is destroyed. triage list --destroyed shows what stays of it.",),
    )


def destroyed_output(found: Sequence[DestroyedReport]) -> Output:
    """A line for each destroyed report."""
    lines = [
        f"{each.ref}  destroyed {each.destroyed_on}  {each.reason}  "
        + ", ".join(
            f"item {sequence} of {encode_instant(at)}"
            for sequence, at in zip(each.sequences, each.received_at, strict=True)
        )
        for each in found
    ]
    return Output(
        [destroyed_json(each) for each in found], tuple(lines) or ("Nothing was destroyed.",)
    )


def destroyed_json(each: DestroyedReport) -> Mapping[str, Json]:
    """One element of `triage list --destroyed --json`."""
    return {
        "ref": each.ref,
        "destroyed_on": each.destroyed_on.isoformat(),
        "reason": each.reason,
        "items": [
            {"sequence": sequence, "received_at": encode_instant(at)}
            for sequence, at in zip(each.sequences, each.received_at, strict=True)
        ],
    }
