"""Filing a report in a browser, with the real server behind it (DOMAIN §3, DESIGN §4)."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from crypto.signing.trust import verify_acknowledgement_text
from crypto.wire.receipt import parse_receipt_code
from crypto.wire.signed_note import ROOT_NAME, parse_verifier_key
from crypto.wire.submission import SUBMISSION_BYTES
from tests.browser.conftest import OpenForm
from tests.workstation_cli import triage

pytestmark = pytest.mark.browser

NARRATIVE = {"en": "Canary heron: a man photographed the pier.", "zh-CN": "白鹭：有人在码头拍照。"}
LANGUAGES = ("zh-CN", "en")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_is_sealed_sent_and_acknowledged(
    visit: OpenForm, demo: Mapping[str, str], tmp_path: Path, language: str, width: int
) -> None:
    """DESIGN §3: code and acknowledgement verify outside the page that showed them."""
    form = visit(language, width=width)
    form.to_check(NARRATIVE[language])

    form.send()
    code = form.code()
    form.tick("code.kept")
    form.onward()
    form.heading("done.heading").wait_for()
    with form.page.expect_download() as saved:
        form.button("done.save").click()
    saved.value.save_as(tmp_path / "record")

    assert parse_receipt_code(code).symbols == code
    root_key = parse_verifier_key(Path(demo["root_key"]).read_text().strip(), ROOT_NAME)
    verify_acknowledgement_text((tmp_path / "record").read_text().strip(), root_key)
    assert [len(body) for body in form.posted] == [SUBMISSION_BYTES]


def test_nothing_leads_on_before_the_code_is_kept(visit: OpenForm) -> None:
    """Nobody loses the only way back by pressing Continue twice."""
    form = visit("en")
    form.to_check("x")
    form.send()

    form.onward()

    assert form.page.get_by_text(form.t("code.kept.required")).is_visible()
    assert form.heading("code.heading").is_visible()


def test_both_spellings_of_the_code_are_the_same_code(visit: OpenForm, tmp_path: Path) -> None:
    """SPEC 11.1; the file's name says nothing."""
    form = visit("en")
    form.to_check("x")
    form.send()

    with form.page.expect_download() as saved:
        form.button("code.save").click()
    saved.value.save_as(tmp_path / "note")
    symbols, digits = (tmp_path / "note").read_text().split()

    assert saved.value.suggested_filename == "note.txt"
    assert symbols == form.code()
    assert parse_receipt_code(digits).symbols == symbols


def test_paper_shows_the_code_and_nothing_of_what_it_is_for(visit: OpenForm) -> None:
    """A sheet left in a printer gives nobody away."""
    form = visit("en")
    form.to_check("x")
    form.send()
    code = form.code()

    form.page.emulate_media(media="print")
    printed = form.page.locator("body").inner_text()

    assert re.sub(r"[\s-]", "", printed).startswith(code.replace("-", ""))
    assert not re.search(r"[a-z]{2}", printed)


def test_back_goes_back_one_question_and_keeps_the_answers(visit: OpenForm) -> None:
    """The browser's own Back works; the address never changes."""
    form = visit("en")
    form.begin()
    form.to_narrative()
    form.box("narrative.label").fill("a heron")
    form.onward()

    form.page.go_back()
    form.heading("narrative.heading").wait_for()
    typed = form.box("narrative.label").input_value()
    form.page.go_back()
    form.heading("family.heading").wait_for()
    form.page.go_forward()
    form.heading("narrative.heading").wait_for()

    assert typed == "a heron"
    assert form.page.url == form.url


def test_a_change_link_returns_to_the_check_page(visit: OpenForm) -> None:
    """One answer is changed, nothing else is asked again."""
    form = visit("en")
    form.to_check("a heron")

    name = f"{form.t('check.change')} {form.t('narrative.heading')}"
    form.page.get_by_role("button", name=name).click()
    form.box("narrative.label").fill("two herons")
    form.onward()
    form.heading("check.heading").wait_for()

    assert form.page.get_by_text("two herons").is_visible()


def test_a_change_asks_what_it_opens(visit: OpenForm) -> None:
    """Who asks for protection on the check page is asked how close the danger is."""
    form = visit("en")
    form.to_check("a heron")

    name = f"{form.t('check.change')} {form.t('protection.heading')}"
    form.page.get_by_role("button", name=name).click()
    form.choose("protection.yes")
    form.onward()

    form.heading("imminence.heading").wait_for()


@pytest.mark.parametrize(("language", "other"), [("en", "zh-CN"), ("zh-CN", "en")])
def test_the_language_can_be_changed_without_losing_answers(
    visit: OpenForm, language: str, other: str
) -> None:
    """What was typed but not yet sent on stays too."""
    form = visit(language)
    form.begin()
    form.to_narrative()
    form.box("narrative.label").fill("苍鹭 heron")

    form.page.locator("button.language").click()
    form.language = other
    form.heading("narrative.heading").wait_for()

    assert form.box("narrative.label").input_value() == "苍鹭 heron"
    assert form.page.locator("html").get_attribute("lang") == other


def test_staff_misconduct_with_no_in_question_2_is_pointed_out(visit: OpenForm) -> None:
    """SPEC 10.7: the answer No would seal the report to those it accuses."""
    form = visit("en")
    form.begin()
    form.to_narrative()
    form.page.go_back()
    form.choose("family.X")
    form.onward()

    form.choose("category.X3")
    form.button("category.X3.change").click()

    assert form.heading("staff.heading").is_visible()


def test_a_text_too_long_to_seal_is_refused_politely(visit: OpenForm) -> None:
    """SPEC 8.4: 14,932 bytes of JSON for the report."""
    form = visit("en")
    form.begin()
    form.to_narrative()

    form.box("narrative.label").fill("x" * 15_500)
    form.onward()

    assert form.heading("narrative.heading").is_visible()
    assert form.page.get_by_role("alert").get_by_role("link").count() == 1


def test_a_report_about_staff_is_read_by_oversight_and_never_by_triage(
    visit: OpenForm, demo: Mapping[str, Any]
) -> None:
    """SPEC 10.7: whom it accuses has no key that opens it and no list that shows it."""
    officers = {officer["name"]: officer for officer in demo["officers"]}
    narrative = "Grey egret: an officer sold an address. 灰鹭"
    before = triage(officers["triage-1"], "sync")
    form = visit("en")
    form.to_check(narrative, about_staff=True)
    form.send()

    at_oversight = triage(officers["oversight-1"], "sync")
    at_triage = triage(officers["triage-1"], "sync")
    listed = triage(officers["oversight-1"], "list")
    shown = triage(officers["oversight-1"], "show", listed[0]["ref"])

    assert at_oversight["opened"] == 1
    assert narrative in json.dumps(shown, ensure_ascii=False)
    assert (before["quarantined"], at_triage["opened"], at_triage["quarantined"]) == (0, 0, 0)
    assert listed[0]["ref"] not in {each["ref"] for each in triage(officers["triage-1"], "list")}
    assert triage(officers["triage-1"], "search", "egret") == []
    assert triage(officers["triage-1"], "quarantined") == []
