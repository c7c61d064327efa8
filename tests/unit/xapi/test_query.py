"""Questions for statements: each parameter read, and each wrong one refused by its name (Communication 2.1.3)."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passport_service.xapi.errors import Invalid
from passport_service.xapi.query import Format, format_cursor, parse_cursor, parse_query

ID = "12345678-1234-4234-8234-123456789ABC"
AGENT = '{"mbox": "mailto:asha@council.example"}'


def test_every_parameter_is_read() -> None:
    query = parse_query(
        {
            "agent": AGENT,
            "verb": "http://x.example/v",
            "activity": "http://x.example/o",
            "registration": ID,
            "related_activities": "true",
            "related_agents": "false",
            "since": "2026-03-02T09:00:00Z",
            "until": "2026-03-02T11:00:00+01:00",
            "limit": "25",
            "format": "ids",
            "attachments": "true",
            "ascending": "true",
            "cachebuster": "0.7",
        }
    )
    assert query.agent == "mbox|mailto:asha@council.example"
    assert query.registration == ID.lower()
    assert (query.related_activities, query.related_agents, query.ascending, query.attachments) == (
        True,
        False,
        True,
        True,
    )
    assert query.until == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert (query.limit, query.format) == (25, Format.IDS)


def test_nothing_asked_asks_for_everything() -> None:
    query = parse_query({})
    assert parse_query({"limit": "9" * 20}).limit == 10**20 - 1
    assert (query.limit, query.format, query.ascending, query.is_single) == (0, Format.EXACT, False, False)


WRONG = {
    "statementId": "7",
    "voidedStatementId": "",
    "agent": "asha",
    "verb": "completed",
    "activity": "",
    "registration": "x",
    "related_activities": "yes",
    "related_agents": "True",
    "since": "yesterday",
    "until": "2026-02-30T09:00:00Z",
    "limit": "-1",
    "format": "pretty",
    "attachments": "1",
    "ascending": "",
    "cursor": "abc",
    "Until": "2026-03-02T09:00:00Z",
    "unknown": "1",
}


@pytest.mark.parametrize(("name", "text"), WRONG.items())
def test_a_wrong_parameter_is_refused_by_its_name(name: str, text: str) -> None:
    with pytest.raises(Invalid) as fault:
        parse_query({name: text})
    assert fault.value.path == name


@pytest.mark.parametrize(
    "agent",
    [
        "{}",
        "[]",
        "null",
        '{"objectType": "Group", "member": []}',
        '{"mbox": "x"}',
        '{"mbox": "mailto:a@b.example", "x": 1}',
        '{"mbox": "mailto:a\\u0000@b.example"}',
    ],
)
def test_an_agent_that_identifies_nobody_is_refused(agent: str) -> None:
    with pytest.raises(Invalid) as fault:
        parse_query({"agent": agent})
    assert fault.value.path.startswith("agent")


def test_the_agent_is_compared_by_its_identifier_not_its_text() -> None:
    other = '{"objectType":"Agent",  "name":"Asha","mbox":"mailto:asha@COUNCIL.example"}'
    assert parse_query({"agent": AGENT}).agent == parse_query({"agent": other}).agent


@pytest.mark.parametrize("name", ["agent", "verb", "since", "limit", "ascending", "cursor"])
def test_a_statement_by_its_id_takes_no_filter(name: str) -> None:
    with pytest.raises(Invalid) as fault:
        parse_query({"statementId": ID, name: "x"})
    assert fault.value.path == name


def test_a_statement_by_its_id_may_choose_its_shape() -> None:
    assert parse_query({"voidedStatementId": ID, "format": "canonical", "attachments": "false"}).is_single


def test_both_ids_at_once_are_refused() -> None:
    with pytest.raises(Invalid):
        parse_query({"statementId": ID, "voidedStatementId": ID})


@given(
    st.datetimes(datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2200-01-01")),
    st.integers(0, 2**63 - 1),
)
def test_a_cursor_leads_back_to_its_place(moment: datetime, number: int) -> None:
    at = moment.replace(tzinfo=UTC)
    assert parse_cursor(format_cursor(at, number)) == (at, number)


def test_a_cursor_beyond_what_a_database_counts_is_none_of_ours() -> None:
    with pytest.raises(Invalid, match="gave out"):
        parse_query({"cursor": format_cursor(datetime(2026, 3, 2, tzinfo=UTC), 2**63)})


@given(st.text(max_size=40))
def test_no_text_as_a_parameter_makes_the_reader_fail_otherwise(text: str) -> None:
    for name in WRONG:
        with suppress(Invalid):
            parse_query({name: text})
