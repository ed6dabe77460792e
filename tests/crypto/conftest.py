"""One authority, one other authority, one reporter and what they sealed; sealed once a session."""

import pytest
from hypothesis import settings

from crypto.custody.reporter import Contents, ReporterKeys, SealedSubmission, seal_submission
from crypto.wire.key_set import KeySet
from crypto.wire.receipt import ReceiptCode
from crypto.wire.submission import Submission, parse_submission
from tests.authority import Authority, make_authority, seed_of
from tests.crypto.typescript import Ask, bundled
from tests.vectors.makers.contents import IDENTITY, PROTECTION, REPORT, REWARD

# Tests are the same on every run; a slow machine is no failure.
settings.register_profile(
    "crypto",
    deadline=None,
    derandomize=True,
    max_examples=60,
)
settings.load_profile("crypto")


@pytest.fixture(scope="session")
def north() -> Authority:
    """The authority that the tests report to, with every desk."""
    return make_authority("north")


@pytest.fixture(scope="session")
def south() -> Authority:
    """An authority that must never read or vouch for anything here."""
    return make_authority("south")


@pytest.fixture(scope="session")
def key_set(north: Authority) -> KeySet:
    """The north's key set, verified."""
    return north.key_set


@pytest.fixture(scope="session")
def keys(key_set: KeySet) -> ReporterKeys:
    """What derives from one receipt code at the north."""
    code = ReceiptCode(int.from_bytes(seed_of("receipt code of the tests")[:17]) >> 6)
    return ReporterKeys.derive(code, key_set.instance_id)


@pytest.fixture(scope="session")
def contents() -> Contents:
    """Answers to every question."""
    return Contents(report=REPORT, identity=IDENTITY, protection=PROTECTION, reward=REWARD)


@pytest.fixture(scope="session")
def sealed(keys: ReporterKeys, contents: Contents, key_set: KeySet) -> SealedSubmission:
    """A first report."""
    return seal_submission(keys, contents, key_set)


@pytest.fixture(scope="session")
def submission(sealed: SealedSubmission) -> Submission:
    """The first report, parsed."""
    return parse_submission(sealed.raw)


@pytest.fixture(scope="session")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """The TypeScript side of the crossing tests."""
    return bundled(tmp_path_factory.mktemp("crossing"))
