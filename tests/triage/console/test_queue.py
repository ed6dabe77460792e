"""The list of reports: what is shown of it, in which order, and the way from report to report."""

import re
from html import unescape

from tests.triage.console.office import Browser, Office
from tests.triage.console.test_pages import page


def test_the_queue_filters_and_searches(office: Office, officer: Browser) -> None:
    """Newest, unread, category, urgency, and words of two Chinese characters."""
    first = office.receive(
        {"narrative": "港口的天线", "category": "E4", "urgency": "now"}, reporter=1
    )
    second = office.receive(
        {"narrative": "机房的门禁", "category": "D4", "urgency": "7d"}, reporter=2
    )
    page(officer, f"reports/{first}")

    def found(query: str) -> list[str]:
        source = page(officer, f"?{query}")
        return [ref for ref in (second, first) if f"/reports/{ref}" in source]

    assert found("") == [second, first]
    assert found("category=E4") == [first]
    assert found("urgency=7d") == [second]
    assert found("unread=1") == [second]
    assert found("q=天线") == [first]
    assert found("q=天线&urgency=7d") == []
    assert found("q=天线&urgency=now&category=E4") == [first]
    assert found("q=的&unread=1") == [second]
    assert found("category=nonsense&urgency=nonsense&before=nonsense") == [second, first]


def test_the_queue_pages_by_sequence(office: Office, officer: Browser) -> None:
    """Keyset pages: each report once, newest first, whatever arrives meanwhile."""
    refs = [office.receive({"narrative": f"report {n}"}, reporter=n) for n in range(1, 56)]

    newest = page(officer)
    oldest = page(officer, "?before=6")

    assert [ref for ref in refs if f"/reports/{ref}" in newest] == refs[5:]
    assert [ref for ref in refs if f"/reports/{ref}" in oldest] == refs[:5]
    assert "before=6" in newest
    assert newest.index(refs[-1]) < newest.index(refs[5])


def test_search_results_are_paged_like_the_queue(office: Office, officer: Browser) -> None:
    """The next page keeps what was searched for and filtered on."""
    for number in range(1, 56):
        office.receive({"narrative": f"report {number}", "urgency": "7d"}, reporter=number)

    newest = page(officer, "?q=report&urgency=7d")
    oldest = page(officer, "?q=report&urgency=7d&before=6")

    assert (newest.count('class="row '), oldest.count('class="row ')) == (50, 5)
    assert "q=report&urgency=7d&before=6" in unescape(newest)


def test_a_report_leads_to_its_neighbours(office: Office, officer: Browser) -> None:
    """Newer and older, where there are such."""
    oldest, middle, newest = (office.receive({"narrative": "x"}, reporter=n) for n in (1, 2, 3))

    def steps(ref: str) -> dict[str, str]:
        found = re.findall(
            r'id="(newer|older)"[^>]*/reports/(\w+)"', page(officer, f"reports/{ref}")
        )
        return dict(found)

    assert steps(newest) == {"older": middle}
    assert steps(middle) == {"newer": newest, "older": oldest}
    assert steps(oldest) == {"newer": middle}
