"""Every answer carries the same strict headers, whatever it answers."""

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.triage.console.office import BASE_URL, Browser
from triage.console.gate import HEADERS


def test_every_route_answers_with_every_header(officer: Browser) -> None:
    """Pages, refusals, redirects, JSON, static files and unknown addresses alike."""
    app = officer.client.application
    addresses = [*_addresses(app), "/nothing", "/static/nothing.css", officer.address("nothing")]

    for address in addresses:
        for method in ("GET", "POST", "PUT", "OPTIONS"):
            answer = officer.client.open(address, method=method, base_url=BASE_URL, buffered=True)
            for name, value in HEADERS.items():
                assert answer.headers.getlist(name) == [value], (method, address, name)


def test_the_policy_allows_our_own_files_and_nothing_else() -> None:
    """No inline code, no evaluation, no frame, no form to elsewhere."""
    policy = HEADERS["Content-Security-Policy"]

    assert "unsafe" not in policy
    assert "http" not in policy
    assert "*" not in policy
    for part in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert part in policy
    assert HEADERS["Cache-Control"] == "no-store"
    assert HEADERS["Referrer-Policy"] == "no-referrer"
    assert HEADERS["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["", "settings", "quarantine"])
def test_pages_carry_no_inline_code_or_style(officer: Browser, path: str) -> None:
    """The policy would refuse it; better that it is not there."""
    source = officer.get(path).get_data(as_text=True)

    for mark in (" style=", " onclick=", "javascript:", "<style", '="http', "='http"):
        assert mark not in source


def _addresses(app: Flask) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        yield _filled(rule)


def _filled(rule: Rule) -> str:
    address = rule.rule
    for name, value in (
        ("<path:filename>", "console.css"),
        ("<ref>", "00000000"),
        ("<token>", "guess"),
        ("<int:number>", "1"),
    ):
        address = address.replace(name, value)
    return address
