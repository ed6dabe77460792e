"""The static page: filled once, escaped, the same for everyone."""

import gzip
from pathlib import Path

import pytest

from intake.server.config import PageText, load_settings
from intake.server.errors import StartError
from intake.server.page import DIST, assemble_page
from tests.intake.processes import Running

TEXT = PageText(
    api_origin="",
    max_files=20,
    max_file_bytes=2**32,
    minimum_version=3,
    body_name_zh='<b>"示例"</b>',
    body_name_en="A & B",
    fingerprint_published_zh="",
    fingerprint_published_en="gazette",
    hotline="12339",
    leave_url="about:blank",
)


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A built page."""
    (tmp_path / "locale").mkdir()
    (tmp_path / "index.html").write_text("<p>{{BODY_NAME_ZH}}|{{ROOT_KEY}}|{{MINIMUM_VERSION}}</p>")
    (tmp_path / "report_page.js").write_text("const open = '{{'")
    (tmp_path / "report_page.js.br").write_bytes(b"made by the build")
    (tmp_path / "locale" / "en.json").write_text("{}")
    (tmp_path / "manifest.json").write_text("{}")
    return tmp_path


def test_placeholders_are_filled_and_escaped(dist: Path) -> None:
    """ISSUE 2: nothing of a setting becomes markup."""
    files = assemble_page(dist, TEXT, "root+key")

    page = files["index.html"].body.decode()
    assert page == "<p>&lt;b&gt;&quot;示例&quot;&lt;/b&gt;|root+key|3</p>"
    assert files[""] is files["index.html"]


def test_scripts_are_served_as_they_were_built(dist: Path) -> None:
    """Their digests stand in the page."""
    files = assemble_page(dist, TEXT, "root+key")

    assert files["report_page.js"].body == b"const open = '{{'"
    assert files["report_page.js"].media_type == "text/javascript; charset=utf-8"
    assert files["locale/en.json"].media_type == "application/json"
    assert files["report_page.js"].packed["br"] == b"made by the build"
    assert not {"manifest.json", "report_page.js.br"} & files.keys()


def test_two_starts_compress_to_the_same_bytes(dist: Path) -> None:
    """DESIGN §4: the same bytes for everyone, whichever process serves them."""
    first, second = (assemble_page(dist, TEXT, "root+key") for _ in range(2))

    assert first == second
    assert all(gzip.decompress(file.packed["gzip"]) == file.body for file in first.values())


@pytest.mark.parametrize("takes", ["gzip", "gzip, deflate, zstd", "br;q=0, gzip;q=0.5"])
def test_static_files_are_compressed_for_who_takes_it(shared_server: Running, takes: str) -> None:
    """API 1: a phone on a slow line loads a third of the bytes."""
    plain = shared_server.request("GET", "/report_page.js")
    packed = shared_server.request("GET", "/report_page.js", headers={"Accept-Encoding": takes})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert int(packed.headers["Content-Length"]) * 2 < int(plain.headers["Content-Length"])
    assert packed.data == plain.data


@pytest.mark.parametrize("takes", ["br", "gzip, deflate, br, zstd", "*"])
def test_static_files_come_with_brotli_for_who_takes_that(
    shared_server: Running, takes: str
) -> None:
    """ISSUE 2: at most 80 KB until the page can seal."""
    packed = shared_server.pool.request(
        "GET",
        f"{shared_server.url}/report_page.js",
        headers={"Accept-Encoding": takes, "Connection": "close"},
        decode_content=False,
    )

    assert packed.headers["Content-Encoding"] == "br"
    assert packed.data == (DIST / "report_page.js.br").read_bytes()


@pytest.mark.parametrize("takes", ["", "identity", "gzip;q=0", "br;q=0, gzip;q=0"])
def test_static_files_stay_plain_for_who_does_not(shared_server: Running, takes: str) -> None:
    """RFC 9110 §12.5.3."""
    answer = shared_server.request("GET", "/report_page.js", headers={"Accept-Encoding": takes})

    assert "Content-Encoding" not in answer.headers


def test_the_key_set_is_compressed_like_the_page(shared_server: Running) -> None:
    """API 1: the page cannot seal without it, and it is as public as the page."""
    plain = shared_server.request("GET", "/api/v1/key-set")
    packed = shared_server.request("GET", "/api/v1/key-set", headers={"Accept-Encoding": "gzip"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.data == plain.data


def test_other_answers_of_the_api_are_never_compressed(shared_server: Running) -> None:
    """What is compressed beside a secret tells its length."""
    answer = shared_server.request("GET", "/api/v1/health", headers={"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in answer.headers
    assert "Vary" not in answer.headers


@pytest.mark.parametrize("page", ["{{NO_SUCH}}", "{{ROOT_KEY", "{{ }}"])
def test_an_open_placeholder_stops_the_start(dist: Path, page: str) -> None:
    """A page with holes is never served."""
    (dist / "index.html").write_text(page)

    with pytest.raises(StartError):
        assemble_page(dist, TEXT, "root+key")


def test_a_file_of_an_unknown_type_stops_the_start(dist: Path) -> None:
    """No sniffing, no guessing."""
    (dist / "x.wasm").write_bytes(b"")

    with pytest.raises(StartError):
        assemble_page(dist, TEXT, "root+key")


def test_without_a_built_page_only_the_api_is_served(tmp_path: Path) -> None:
    """A checkout before `make`."""
    assert assemble_page(tmp_path / "none", TEXT, "root+key") == {}


def test_settings_fill_the_page() -> None:
    """API 8."""
    settings = load_settings(
        None,
        {"INTAKE_DATA_DIR": "x", "INTAKE_ROOT_KEY": "k", "INTAKE_BODY_NAME_EN": "The Body"},
    )

    assert settings.page.body_name_en == "The Body"
