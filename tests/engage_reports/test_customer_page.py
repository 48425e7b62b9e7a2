"""The customer's page: everything that was said, escaped, and nothing that needs a network."""

import re
from html.parser import HTMLParser

from engage_reports.customer_page import CustomerFacts, customer_page

FACTS = CustomerFacts(
    customer_id="c<1>",
    week="2026-11-09",
    summary="Slipping, Daters & co.",
    probability=0.234,
    interval="Of 400 held-out customers scored about the same, 22.0% left.",
    history=[("2026-10-26", 0.1), ("2026-11-02", 0.15), ("2026-11-09", 0.234)],
    reasons=[("payment", ["Failed charges: 3, high", "Renewal: no"], 0.8), ("social", ["Likes: 9, high"], -0.2)],
    what_ifs=[("payment", 0.11, ["failed charges 3 -> 0"])],
    action="Call from the support team.",
    options=["Call: +3.10 USD; chosen", "Bonus: not open"],
)


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_every_fact_is_on_the_page_and_every_tag_is_closed() -> None:
    reader = Reader()
    reader.feed(customer_page(FACTS))
    assert reader.open == []
    text = " ".join(reader.text)
    for said in ("c<1>", "Daters & co.", "23.4%", "22.0% left", "Failed charges: 3, high", "+0.80", "-0.20", "raises"):
        assert said in text, said
    for said in ("11.0%", "failed charges 3 -> 0", "Call from the support team.", "Bonus: not open", "15.0%"):
        assert said in text, said


def test_it_needs_no_network_and_no_script() -> None:
    assert not re.search(r"(src|href)=|https?:|<script", customer_page(FACTS))


def test_a_customer_without_history_or_what_if_is_said_to_have_none() -> None:
    page = customer_page(CustomerFacts("c", "2026-11-09", "New.", 0.0, "", [], [], [], "No action.", []))
    assert "There is no week before." in page
    assert "No action that is open to this customer" in page
