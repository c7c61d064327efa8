"""Items of a practitioner: ask, confirm, send, send again, take back."""

import pytest

from passport_service.services import dossiers, items, people
from passport_service.store import queries
from tests.people import town

ASK = {"kind": "assessment", "types": "care_act_assessment"}


@pytest.fixture
def here(sqlite_store, clock):
    made = town(sqlite_store, clock)
    made.person("asha")
    return made


@pytest.fixture
def asha(here, app):
    return here.signed_in(app, "asha")


def ask(pages, **fields):
    return pages.get("/items/check").submit("Ask", **{**ASK, **fields})


def send(pages, item="A-1", **fields):
    return pages.get("/items/submit").submit("Send to CCV", **{**ASK, "item": item, **fields})


def test_somebody_without_a_passport_is_sent_to_ccv_with_the_reason(here, asha):
    page = ask(asha)
    assert page.heading == "This goes to CCV"
    assert "You do not hold a passport yet." in page.text

    page = page.follow("Send it to CCV")
    page = page.submit("Send to CCV", item="A-1")

    assert "A-1 is with CCV. They decide by 4 March 2026." in page.text


def test_a_holder_confirms_with_a_declaration(here, asha):
    here.holder("asha", by="rhys")
    page = ask(asha)
    assert page.heading == "Yes, you may confirm this"
    assert "to the end of 3 March 2026" in page.text

    page = page.submit("Confirm", item="A-9", declaration="y")

    assert "You have confirmed A-9." in page.text
    assert queries.find_item(here.store, "A-9").status == "confirmed"


def test_without_the_declaration_nothing_is_confirmed(here, asha):
    here.holder("asha", by="rhys")

    page = ask(asha).submit("Confirm", item="A-9")

    assert "Tick the box if you can make this declaration." in page.text
    assert queries.find_item(here.store, "A-9") is None


def test_an_answer_that_was_used_leads_to_its_item(here, asha):
    here.holder("asha", by="rhys")
    page = ask(asha)
    page.submit("Confirm", item="A-9", declaration="y")

    assert asha.get(page.path).heading == "Item A-9"


def test_an_answer_runs_out_at_the_end_of_the_next_working_day(here, asha, app):
    here.holder("asha", by="rhys")
    path = ask(asha).path
    here.clock.move(days=2)

    assert "This answer was good to the end of 3 March 2026." in here.signed_in(app, "asha").get(path).text


def test_a_passport_lost_between_the_question_and_the_confirmation_confirms_nothing(here, asha):
    """R7.1."""
    here.holder("asha", by="rhys")
    page = ask(asha)
    people.change(here.store, here.streams["asha"], {"registration": "ended"}, now=here.now, caused_by="test")

    page = page.submit("Confirm", item="A-9", declaration="y")

    assert page.heading == "This goes to CCV"
    assert "Your professional registration has ended or could not be confirmed." in page.text
    assert queries.find_item(here.store, "A-9") is None


def test_an_answer_to_somebody_else_is_not_there(here, app):
    here.holder("asha", by="rhys")
    here.person("bea")
    path = ask(here.signed_in(app, "asha")).path

    here.signed_in(app, "bea").get(path, status=404)


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("", "Enter the reference."),
        ("943 476 5919", "This seems to have an NHS number in it."),
        ("Mrs Smith", "A reference has 1 to 64 letters"),
        ("a@b.example", "This seems to have an e-mail address in it."),
    ],
)
def test_a_reference_that_says_who_somebody_is_is_stopped_beside_the_field(here, asha, item, words):
    page = send(asha, item)

    assert words in page.text
    assert 'href="#item"' in page.answer.text
    assert not here.store.execute("SELECT count(*) FROM item").fetchone()[0]


def test_what_was_left_out_is_named(here, asha):
    page = asha.get("/items/submit").submit("Send to CCV")

    assert page.answer.text.startswith("<!DOCTYPE html>")
    # The summary has the order of the page.
    assert "Enter the reference. Choose what it is. Choose at least one case type." in page.text
    assert "Error: Send work to CCV" in page.answer.text


def test_the_same_reference_waits_only_once(here, asha):
    send(asha)

    assert "A-1 already waits for CCV." in send(asha).text


def test_a_reference_of_somebody_else_is_taken(here, asha):
    here.person("bea")
    here.submit("bea", "A-1")

    assert "belongs to somebody else" in send(asha).text


def test_work_of_several_types_names_them_all(here, asha):
    send(asha, types=["care_act_assessment", "equipment_simple"])

    assert "Care Act assessment and Assessment with simple equipment" in asha.get("/items").text


def test_a_returned_item_is_sent_again(here, asha):
    send(asha)
    here.decide("A-1", "returned", by="rhys", reason="Which options?")

    page = asha.get("/items").follow("A-1").submit("Send it to CCV again")

    assert "A-1 is with CCV again." in page.text
    assert queries.find_item(here.store, "A-1").status == "submitted"


def test_an_item_is_taken_back_with_a_reason(here, asha):
    send(asha)
    page = asha.get("/items/one?ref=A-1").follow("Take this item back")
    assert "Say why you take it back." in page.submit("Take it back").text

    page = page.submit("Take it back", reason="Sent twice by mistake.")

    assert "A-1 is withdrawn." in page.text
    assert queries.find_item(here.store, "A-1").status == "withdrawn"


def test_reasons_with_personal_data_are_stopped(here, asha):
    send(asha)

    page = asha.get("/items/withdraw?ref=A-1").submit(
        "Take it back", reason="Wrong person: born 3 April 1941"
    )

    assert "a date of birth" in page.text
    assert queries.find_item(here.store, "A-1").status == "submitted"


def test_a_decided_item_is_not_taken_back(here, asha):
    send(asha)
    here.decide("A-1", by="rhys")
    assert "Take this item back" not in asha.get("/items/one?ref=A-1").links

    page = asha.get("/items/withdraw?ref=A-1").submit("Take it back", reason="Too late")

    assert "cannot be withdrawn" in page.text


@pytest.mark.parametrize("path", ["/items/one", "/items/withdraw"])
def test_an_item_of_somebody_else_is_not_there(here, asha, path):
    here.person("bea")
    here.submit("bea", "B-1")

    asha.get(f"{path}?ref=B-1", status=404)
    asha.get(f"{path}?ref=Z-1", status=404)
    asha.get(path, status=404)


def test_nobody_sends_an_item_of_somebody_else_again(here, asha):
    here.person("bea")
    here.submit("bea", "B-1")
    here.decide("B-1", "returned", by="rhys", reason="Which options?")
    token = next(
        one.get("value")
        for one in asha.get("/items/submit").every("input")
        if one.get("name") == "csrf_token"
    )

    asha.post("/items/again", {"csrf_token": token, "ref": "B-1"}, status=404)


def test_where_the_policy_says_so_a_draw_is_told_only_after_the_outcome(sqlite_store, clock, app):
    here = town(sqlite_store, clock, **{"moderation.notify": "after outcome"})
    here.holder("asha", by="rhys")
    here.confirm("asha", "A-9")
    with dossiers.changing(here.store, here.streams["asha"], now=here.now) as case:
        case.add("item_picked", {"item": "A-9", "basis": "random", "due_on": "2026-03-16"})
    asha = here.signed_in(app, "asha")

    assert "drawn" not in asha.get("/items").text
    assert "16 March" not in asha.get("/items/one?ref=A-9").text


def test_many_items_come_in_pages(here, asha):
    for number in range(27):
        items.submit(
            here.store,
            here.streams["asha"],
            item=f"A-{number:02}",
            kind="review",
            type="review",
            now=here.now,
            caused_by="t",
        )

    page = asha.get("/items")

    assert len([one for one in page.links if one.startswith("A-")]) == 25
    assert len([one for one in page.follow("Next page").links if one.startswith("A-")]) == 2
    asha.get("/items?page=999")
    asha.get("/items?page=x")


def test_a_concern_on_an_item_shows_on_it(here, asha):
    send(asha)
    here.decide("A-1", "concern", by="rhys", reason="Unclear.")

    assert "Concern recorded" in asha.get("/items/one?ref=A-1").text
