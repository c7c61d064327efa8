"""Statements out: filters, pages and references, newest first."""

from datetime import timedelta

import orjson
import pytest

from passport_service.services import statements
from passport_service.services.renditions import authority_of
from passport_service.store import statement_search
from passport_service.store.database import Store
from passport_service.store.statement_links import LONGEST_CHAIN
from passport_service.xapi.query import parse_query
from passport_service.xapi.scopes import Scope
from tests import builders
from tests.database.sending import HOME, START, Sender, reference, statement, voiding

ASHA = builders.account()
RHYS = builders.mailbox("rhys@council.example")
PASSED = {"id": "http://adlnet.gov/expapi/verbs/passed"}
BOOK = {"id": "https://moodle.example/mod/book/view.php?id=2"}
AGENT = orjson.dumps(RHYS).decode()


@pytest.fixture
def sender(store: Store) -> Sender:
    return Sender(store, may_void=True)


def test_statements_come_newest_first_or_oldest_first(sender: Sender) -> None:
    sender.send(statement(1), statement(2))
    sender.send(statement(3))
    assert sender.numbers() == [3, 2, 1]
    assert sender.numbers(ascending="true") == [1, 2, 3]


@pytest.mark.parametrize("ascending", ["true", "false"])
def test_pages_hold_each_statement_once_even_those_stored_at_the_same_moment(
    sender: Sender, ascending: str
) -> None:
    sender.send(*(statement(number) for number in range(1, 8)))
    sender.send(*(statement(number) for number in range(8, 12)))
    expected = list(range(1, 12)) if ascending == "true" else list(range(11, 0, -1))
    assert sender.numbers(limit="3", ascending=ascending) == expected
    assert sender.numbers(limit="3", ascending=ascending, verb=statement()["verb"]["id"]) == expected


def test_statements_that_come_while_paging_do_not_shift_the_pages(sender: Sender) -> None:
    sender.send(*(statement(number) for number in range(1, 5)))
    query = {"limit": "2"}
    first = statements.search(sender.store, parse_query(query), key=sender.key, home=HOME)
    sender.send(statement(5))
    rest = sender.numbers(**query, cursor=first.cursor or "")
    assert rest == [2, 1]


def test_each_filter_finds_what_fits_it_and_all_together_what_fits_all(sender: Sender) -> None:
    sender.send(statement(1, actor=RHYS))
    sender.send(statement(2, actor=RHYS, verb=PASSED))
    sender.send(statement(3, actor=ASHA, verb=PASSED, object=BOOK))
    sender.send(statement(4, actor=RHYS, verb=PASSED, object=BOOK))
    assert sender.numbers(agent=AGENT) == [4, 2, 1]
    assert sender.numbers(verb=PASSED["id"]) == [4, 3, 2]
    assert sender.numbers(activity=BOOK["id"]) == [4, 3]
    assert sender.numbers(agent=AGENT, verb=PASSED["id"], activity=BOOK["id"]) == [4]
    assert sender.numbers(agent=AGENT, verb=PASSED["id"], limit="1") == [4, 2]


def test_what_nobody_ever_named_finds_nothing(sender: Sender) -> None:
    sender.send(statement(1))
    assert sender.numbers(verb="http://x.example/never") == []
    assert sender.numbers(activity="http://x.example/never", related_activities="true") == []
    assert sender.numbers(agent=AGENT) == sender.numbers(agent=AGENT, related_agents="true") == []


def test_since_is_exclusive_and_until_inclusive(sender: Sender) -> None:
    for number in range(1, 4):
        sender.send(statement(number))  # stored one, two and three seconds after the start
    assert sender.numbers(since=(START + timedelta(seconds=1)).isoformat()) == [3, 2]
    assert sender.numbers(until=(START + timedelta(seconds=2)).isoformat()) == [2, 1]


def test_a_registration_is_found_in_any_case(sender: Sender) -> None:
    enrolment = "ec531277-b57b-4c15-8d91-d292c5b2b8f7"
    sender.send(statement(1, context={"registration": enrolment.upper()}), statement(2))
    assert sender.numbers(registration=enrolment) == [1]


def test_an_agent_is_found_as_object_and_as_member_of_a_group(sender: Sender) -> None:
    sender.send(statement(1, object=RHYS))
    sender.send(statement(2, actor={"objectType": "Group", "member": [ASHA, RHYS]}))
    sender.send(statement(3, context={"instructor": RHYS}))
    assert sender.numbers(agent=AGENT) == [2, 1]
    assert sender.numbers(agent=AGENT, related_agents="true") == [3, 2, 1]


def test_the_authority_is_an_agent_of_all_statements_broadly(sender: Sender) -> None:
    sender.send(statement(1))
    authority = orjson.dumps(authority_of(sender.key.id, HOME)).decode()
    assert sender.numbers(agent=authority) == []
    assert sender.numbers(agent=authority, related_agents="true") == [1]


def test_an_authority_that_is_also_named_is_found_in_both_roles(sender: Sender) -> None:
    """Communication 2.1.3: ``related_agents`` finds what ``agent`` finds and more, and whatever refers to either."""
    other = Sender(sender.store, scopes=[Scope.ALL])
    vouching = authority_of(sender.key.id, HOME)
    sender.send(statement(1))
    other.send(statement(2, actor=vouching), statement(3, object=reference(1)), statement(4))
    authority = orjson.dumps(vouching).decode()
    assert other.numbers(agent=authority) == [2]
    assert other.numbers(agent=authority, related_agents="true") == [3, 2, 1]
    assert other.numbers(agent=authority, related_agents="true", limit="1") == [3, 2, 1]
    assert sender.numbers(agent=authority, related_agents="true") == [1]


def test_an_activity_of_the_context_is_found_broadly(sender: Sender) -> None:
    sender.send(statement(1, context={"contextActivities": {"grouping": [BOOK]}}))
    sender.send(statement(2, object=BOOK))
    inner = statement(object=BOOK) | {"objectType": "SubStatement"}
    sender.send(statement(3, object=inner))
    assert sender.numbers(activity=BOOK["id"]) == [2]
    assert sender.numbers(activity=BOOK["id"], related_activities="true") == [3, 2, 1]
    assert sender.numbers(activity=BOOK["id"], related_activities="true", limit="1") == [3, 2, 1]


def test_what_is_named_everywhere_is_found_all_the_same(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statement_search, "MANY", 2)
    around = {"context": {"contextActivities": {"grouping": [BOOK]}, "instructor": RHYS}}
    sender.send(*(statement(number, **around) for number in range(1, 6)), statement(6))
    everywhere = {"activity": BOOK["id"], "related_activities": "true"}
    assert sender.numbers(**everywhere, limit="2") == [5, 4, 3, 2, 1]
    assert sender.numbers(**everywhere, agent=AGENT, related_agents="true") == [5, 4, 3, 2, 1]


# References (Communication 2.1.3)


def test_a_voiding_statement_is_found_through_what_it_voids(sender: Sender) -> None:
    sender.send(statement(1, actor=RHYS, object=BOOK))
    sender.send(voiding(2, 1))
    assert sender.numbers(agent=AGENT) == sender.numbers(activity=BOOK["id"]) == [2]


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1), (1, 3, 2), (2, 1, 3), (3, 1, 2)])
def test_references_are_followed_in_any_order_of_arrival(sender: Sender, order: tuple[int, int, int]) -> None:
    made = {
        1: statement(1, actor=RHYS, object=BOOK),
        2: statement(2, object=reference(1)),
        3: statement(3, object=reference(2)),
    }
    for number in order:
        sender.send(made[number])
    assert sorted(sender.numbers(agent=AGENT)) == [1, 2, 3]
    assert sorted(sender.numbers(agent=AGENT, activity=BOOK["id"], limit="1")) == [1, 2, 3]
    assert sender.numbers(agent=AGENT, activity="http://x.example/other") == []


def test_any_number_that_refer_to_one_are_found_through_what_it_refers_to(sender: Sender) -> None:
    """Communication 2.1.3: the rule applies recursively, and however many comments came before what they are about."""
    many = range(3, LONGEST_CHAIN + 10)
    sender.send(
        statement(2, object=reference(1)), *(statement(number, object=reference(2)) for number in many)
    )
    sender.send(statement(1, actor=RHYS))
    assert sorted(sender.numbers(agent=AGENT)) == [1, 2, *many]


def test_a_chain_that_grows_at_its_far_end_costs_no_square(sender: Sender) -> None:
    length = 3 * LONGEST_CHAIN
    for number in range(length, 0, -1):
        sender.send(statement(number, object=reference(number - 1)))
    rows = sender.store.execute("SELECT count(*) FROM statement_through").fetchone()[0]
    assert length < rows <= length * LONGEST_CHAIN


def test_references_that_run_in_a_circle_end(sender: Sender) -> None:
    sender.send(
        statement(1, object=reference(2)),
        statement(2, object=reference(1)),
        statement(3, object=reference(3)),
    )
    assert sender.numbers(agent=orjson.dumps(statement()["actor"]).decode()) == [3, 2, 1]


def test_the_time_filters_look_at_the_referring_statement(sender: Sender) -> None:
    sender.send(statement(1, actor=RHYS))
    sender.send(statement(2, object=reference(1)))
    assert sender.numbers(agent=AGENT, since=(START + timedelta(seconds=1)).isoformat()) == [2]


def test_nothing_is_found_through_another_key_s_statement(sender: Sender) -> None:
    Sender(sender.store).send(statement(1, actor=RHYS))
    sender.send(statement(2, object=reference(1)))
    assert sender.numbers(agent=AGENT) == []


def test_a_page_is_full_though_one_statement_leads_to_several_that_fit(sender: Sender) -> None:
    sender.send(statement(1, actor=RHYS), statement(2, actor=RHYS, object=reference(1)))
    sender.send(statement(3, object=reference(2)))
    sender.send(statement(4, object=reference(2)))
    sender.send(voiding(5, 1), voiding(6, 2))
    assert sender.numbers(agent=AGENT, limit="1") == [6, 5, 4, 3]


def test_references_among_many_are_found_by_what_they_refer_to(sender: Sender) -> None:
    sender.send(statement(1, actor=RHYS, verb=PASSED, object=BOOK), statement(2, actor=RHYS))
    sender.send(*(statement(number, object=reference(1 + number % 2)) for number in range(10, 40)))
    even, odd = list(range(38, 9, -2)), list(range(39, 10, -2))
    assert sender.numbers(verb=PASSED["id"], limit="7") == [*even, 1]
    assert sender.numbers(activity=BOOK["id"], agent=AGENT) == [*even, 1]
    assert sender.numbers(agent=AGENT, verb=statement()["verb"]["id"], ascending="true", limit="7") == [
        2,
        *odd[::-1],
    ]
