"""What sealing a submission costs the API client, and registering one costs the server."""

from crypto.custody.reporter import Contents, seal_submission
from crypto.sealing.acknowledge import register
from crypto.wire.submission import parse_submission
from deploy.bench.figures import Figure
from deploy.bench.throw_away import found_authority, report_content, reporter_keys
from deploy.bench.timing import microseconds


def measure() -> list[Figure]:
    """Median times on one core."""
    authority = found_authority("http://127.0.0.1:8080")
    key_set, contents = authority.key_set, Contents(report=report_content())
    keys = reporter_keys(key_set)
    submission = parse_submission(seal_submission(keys, contents, key_set).raw)
    digest = submission.digest

    def seal() -> int:
        seal_submission(keys, contents, key_set)
        return 1

    def acknowledge() -> int:
        register(
            submission,
            digest=digest,
            sequence=1,
            previous_head=bytes(32),
            minute=0,
            key=authority.acknowledgement,
            instance=key_set.instance_id,
        )
        return 1

    return [
        Figure("sealing a 4 KiB report, four envelopes (Python)", microseconds(seal) / 1e3, "ms"),
        Figure("registering: sign and seal an acknowledgement", microseconds(acknowledge), "us"),
    ]
