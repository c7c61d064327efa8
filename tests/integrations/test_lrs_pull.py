"""Statements come in from a store that cannot push: all of them, each once, whatever the store does."""

import json
import time
from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest

from integrations.lrs import addresses
from integrations.lrs.pull import pull
from passport_service.domain.errors import Refused
from passport_service.plugins import Pulled
from tests.integrations.fake_store import START, FakeStore, moment, send, serving, stored
from tests.waiting import PATIENCE

NOW = START + timedelta(days=1)


class Ours:
    """Our side of a pull: what was accepted, and the cursor that was saved."""

    def __init__(self) -> None:
        self.kept: dict[str, dict] = {}
        self.offered: list[str] = []
        self.cursor = None
        self.saves = 0
        self.refuse: set[str] = set()
        self.die_after_pages: int | None = None

    def accept(self, statements: list[dict]) -> int:
        bad = [one["id"] for one in statements if one["id"] in self.refuse]
        if bad:
            raise Refused("MALFORMED", "The actor has no identifier.")
        fresh = [one for one in statements if one["id"] not in self.kept]
        self.offered += [one["id"] for one in statements]
        self.kept |= {one["id"]: one for one in fresh}
        return len(fresh)

    def save(self, cursor) -> None:
        if self.die_after_pages is not None and self.saves >= self.die_after_pages:
            raise KeyboardInterrupt
        self.saves += 1
        self.cursor = cursor

    def pull(self, store: FakeStore, *, now=NOW, **settings) -> Pulled:
        given = {
            "endpoint": store.endpoint,
            "key": "reader",
            "secret": "s3cret",
            "allow_http": True,
            "allowed_private_hosts": ("127.0.0.1",),
            "exchange_seconds": 60.0,
            "page_statements": 10,
            **settings,
        }
        return pull(
            given, accept=self.accept, load_cursor=lambda: self.cursor, save_cursor=self.save, now=now
        )

    @property
    def numbers(self) -> list[int]:
        return sorted(UUID(one).int for one in self.kept)


@pytest.fixture
def store():
    with serving(FakeStore([stored(number) for number in range(1, 36)])) as made:
        yield made


@pytest.fixture
def ours():
    return Ours()


def test_a_first_run_takes_everything_page_by_page(store, ours):
    report = ours.pull(store)
    assert ours.numbers == list(range(1, 36))
    assert (report.pages, report.received, report.new, report.finished) == (4, 35, 35, True)
    assert (report.problem, report.refused) == (None, [])


def test_the_credential_is_sent_with_every_request(store, ours):
    ours.pull(store)
    assert set(store.credentials) == {"Basic cmVhZGVyOnMzY3JldA=="}


def test_a_later_run_takes_only_what_is_new(store, ours):
    ours.pull(store)
    store.statements.append(stored(90, 90))
    report = ours.pull(store)
    assert (report.new, ours.numbers[-1]) == (1, 90)
    assert len(ours.offered) == len(set(ours.offered))


def test_a_run_with_nothing_new_asks_once_and_offers_nothing(store, ours):
    ours.pull(store)
    before = len(store.requests)
    report = ours.pull(store)
    assert (len(store.requests) - before, report.new, report.finished) == (1, 0, True)
    assert len(ours.offered) == 35


def test_a_bounded_run_goes_on_where_it_stopped(store, ours):
    first = ours.pull(store, pages=2)
    assert (first.new, first.finished) == (20, False)
    second = ours.pull(store, pages=2)
    assert (second.new, second.finished) == (15, True)
    assert len(ours.offered) == 35


@pytest.mark.parametrize("pages", range(5))
def test_a_run_killed_after_any_page_misses_nothing(store, ours, pages):
    ours.die_after_pages = pages
    if pages < 4:
        with pytest.raises(KeyboardInterrupt):
            ours.pull(store)
    ours.die_after_pages = None
    assert ours.pull(store).finished
    assert ours.numbers == list(range(1, 36))


def test_when_more_has_expired_the_chain_begins_again_from_the_cursor(store, ours):
    ours.pull(store, pages=2)
    store.expired = True
    ours.pull(store)
    store.expired = False
    assert ours.pull(store).finished
    assert ours.numbers == list(range(1, 36))


def test_a_store_that_sends_the_newest_first_loses_nothing_when_its_chain_breaks(store, ours):
    store.newest_first = True
    ours.pull(store, pages=1)
    assert ours.numbers == list(range(26, 36))
    store.expired = True
    ours.pull(store, page_statements=20)
    store.expired = False
    assert ours.pull(store).finished
    assert ours.numbers == list(range(1, 36))


def test_a_statement_stored_in_the_same_moment_as_the_last_is_still_taken_and_the_last_not_twice(store, ours):
    ours.pull(store)
    store.statements.append(stored(70, 35))
    ours.pull(store)
    assert ours.numbers[-1] == 70
    assert len(ours.offered) == len(set(ours.offered))


def test_a_statement_that_becomes_visible_late_is_taken_within_the_overlap(store, ours):
    ours.pull(store)
    store.statements.append(stored(71, 30.5))
    ours.pull(store, overlap_seconds=10)
    assert 71 in ours.numbers


def test_the_cursor_rests_below_what_the_store_says_it_is_consistent_through(store, ours):
    store.consistent_through = moment(5)
    ours.pull(store, overlap_seconds=1)
    store.statements.append(stored(72, 6))
    store.consistent_through = moment(100)
    ours.pull(store, overlap_seconds=1)
    assert 72 in ours.numbers


def test_a_store_that_dates_statements_in_the_future_cannot_make_us_skip(store, ours):
    store.statements.append(stored(80, 10_000_000))
    ours.pull(store)
    store.statements.append(stored(81, 86_400))
    ours.pull(store)
    assert ours.numbers[-2:] == [80, 81]


@pytest.mark.parametrize("absurd", ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "yesterday", "", None, 7])
def test_a_stored_moment_that_cannot_be_moves_nothing(store, ours, absurd):
    page = json.dumps({"statements": [stored(1) | {"stored": absurd}], "more": ""}).encode()
    store.answer = lambda handler: send(handler, 200, page)
    assert ours.pull(store).finished
    assert (ours.numbers, ours.cursor["since"]) == ([1], None)
    assert ours.pull(store).finished


def test_a_statement_without_a_timestamp_is_dated_when_the_other_store_stored_it(store, ours):
    bare = stored(1)
    del bare["timestamp"]
    store.statements = [bare]
    ours.pull(store)
    assert ours.kept[bare["id"]]["timestamp"] == bare["stored"]


def test_statements_that_may_not_be_kept_are_reported_and_the_others_taken(store, ours):
    ours.refuse = {stored(3)["id"], stored(17)["id"]}
    report = ours.pull(store)
    assert report.finished
    assert (report.new, report.refused_count) == (33, 2)
    assert [one for one, _ in report.refused] == [stored(3)["id"], stored(17)["id"]]
    assert "no identifier" in report.refused[0][1]


def test_what_is_no_statement_at_all_is_reported(store, ours):
    store.statements = [stored(1)]
    page = b'{"statements": [17, {"verb": {}}, {"id": "00000000-0000-0000-0000-000000000005"}], "more": ""}'
    store.answer = lambda handler: send(handler, 200, page)
    report = ours.pull(store)
    assert (report.new, report.refused_count, report.finished) == (1, 2, True)


def test_an_error_that_is_not_a_refusal_ends_the_run_before_the_cursor_moves(store, ours):
    def broken(_):
        raise OSError("the disk is full")

    ours.accept = broken
    with pytest.raises(OSError, match="disk"):
        ours.pull(store)
    assert ours.cursor is None


# Slow, lying and worse


def drip(content: bytes, pause: float = 0.1):
    """Sends one byte at a time, each well within any time-out for a single read."""

    def answer(handler):
        for place in range(len(content)):
            handler.wfile.write(content[place : place + 1])
            time.sleep(pause)

    return answer


EMPTY = b'{"statements": [], "more": ""}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        lambda handler: time.sleep(PATIENCE),
        drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"y" * 10_000),
        lambda handler: (handler.wfile.write(HEAD), drip(EMPTY, PATIENCE / len(EMPTY))(handler)),
        lambda handler: [drip(b"HTTP/1.1 100 Continue\r\n\r\n", 0.02)(handler) for _ in range(1000)],
    ],
    ids=["never answers", "slow headers", "slow body", "for ever about to answer"],
)
def test_a_slow_store_is_given_up_in_time(store, ours, answer, monkeypatch):
    monkeypatch.setattr(
        addresses, "resolve_in_time", lambda *_: ("127.0.0.1",)
    )  # another thing that takes time
    store.answer = answer
    began = time.monotonic()
    report = ours.pull(store, exchange_seconds=0.4)
    assert time.monotonic() - began < PATIENCE / 2
    assert "did not answer within 0.4 seconds" in report.problem
    assert not report.finished


def test_a_whole_run_ends_in_time_even_if_each_answer_is_quick(store, ours):
    numbers = count(1)

    def endless(handler):
        number = next(numbers)
        time.sleep(0.05)
        page = f'{{"statements": [{{"id": "{UUID(int=number)}"}}], "more": "/xapi/more/{number}"}}'
        send(handler, 200, page.encode())

    store.answer = endless
    report = ours.pull(store, run_seconds=0.5)
    assert not report.finished
    assert report.pages <= 10  # of 0.05 seconds at least


def large(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(2000):
        handler.wfile.write(b" " * 10_000)


BAD_ANSWERS = {
    "an error": (lambda h: send(h, 500, b"oops"), "answers 500"),
    "a refused credential": (lambda h: send(h, 401, b""), "answers 401"),
    "nothing": (lambda h: None, "broke off"),
    "not HTTP": (lambda h: h.wfile.write(b"SSH-2.0-x\r\n\r\n"), "broke off"),
    "too large, and saying so": (lambda h: send(h, 200, b" " * 2_000_000), "more than 1000000 bytes"),
    "too large, without saying": (large, "more than 1000000 bytes"),
    "half an answer": (lambda h: h.wfile.write(HEAD + b'{"state'), "broke off"),
    "not JSON": (lambda h: send(h, 200, b"<html>"), "not JSON"),
    "NaN": (lambda h: send(h, 200, b'{"statements": [NaN]}'), "not JSON"),
    "deep nesting": (lambda h: send(h, 200, b"[" * 100_000), "not JSON"),
    "not UTF-8": (lambda h: send(h, 200, b'{"statements": ["\xff"]}'), "not UTF-8"),
    "a list": (lambda h: send(h, 200, b"[]"), "not a page"),
    "a page of something else": (lambda h: send(h, 200, b'{"statements": {}}'), "not a page"),
    "more that is no text": (lambda h: send(h, 200, b'{"statements": [], "more": 7}'), "not a page"),
    "compressed": (lambda h: send(h, 200, EMPTY, {"Content-Encoding": "gzip"}), "compresses"),
    "too many headers": (lambda h: send(h, 200, EMPTY, {f"X-{n}": "y" for n in range(200)}), "broke off"),
}


@pytest.mark.parametrize(("answer", "said"), BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_a_bad_answer_ends_the_run_with_a_sentence_and_moves_nothing(store, ours, answer, said):
    ours.pull(store, pages=1)
    before = ours.cursor
    store.answer = answer
    report = ours.pull(store, page_bytes=1_000_000)
    assert said in report.problem
    assert not report.finished
    assert (ours.cursor["since"], ours.cursor["seen"]) == (before["since"], before["seen"])
    store.answer = None
    assert ours.pull(store).finished
    assert ours.numbers == list(range(1, 36))


def test_a_page_that_is_too_large_is_asked_for_again_in_smaller_parts(store, ours):
    store.statements = [stored(number, text="x" * 20_000) for number in range(1, 9)]
    report = ours.pull(store, page_bytes=50_000)
    assert report.finished
    assert ours.numbers == list(range(1, 9))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(store, ours, status):
    with serving(FakeStore()) as elsewhere:
        store.answer = lambda handler: send(handler, status, b"", {"Location": elsewhere.endpoint})
        assert "redirects are not followed" in ours.pull(store).problem
        assert elsewhere.requests == []


@pytest.mark.parametrize(
    "form", ["{endpoint}statements", "//{netloc}/x", "http://user:pw@{netloc}/x", "ftp://{netloc}/x"]
)
def test_more_on_another_host_is_not_followed_and_gets_no_credential(store, ours, form):
    with serving(FakeStore()) as elsewhere:
        netloc = elsewhere.endpoint.split("/")[2]
        more = form.format(endpoint=elsewhere.endpoint, netloc=netloc)
        store.answer = lambda handler: send(handler, 200, f'{{"statements": [], "more": "{more}"}}'.encode())
        report = ours.pull(store)
        assert report.problem
        assert not report.finished
        assert elsewhere.requests == []
        assert ours.cursor["more"] is None


@pytest.mark.parametrize("more", ["/x\\r\\nHost: y", "/ x", "/" + "x" * 10_000, "http://[::1"])
def test_more_that_cannot_be_an_address_is_not_followed(store, ours, more):
    store.answer = lambda handler: send(handler, 200, f'{{"statements": [], "more": "{more}"}}'.encode())
    assert ours.pull(store).problem
    assert len(store.requests) == 1


def test_more_may_be_a_whole_address_of_the_same_store(store, ours):
    page = f'{{"statements": [], "more": "{store.endpoint}statements?limit=100"}}'.encode()
    store.answer = lambda handler: (setattr(store, "answer", None), send(handler, 200, page))
    assert ours.pull(store).finished
    assert len(ours.kept) == 35


def test_a_chain_that_leads_round_in_a_circle_is_left(store, ours):
    store.answer = lambda handler: send(handler, 200, b'{"statements": [], "more": "/xapi/again"}')
    report = ours.pull(store)
    assert "circle" in report.problem
    assert len(store.requests) == 2
    assert ours.cursor["more"] is None


def test_a_chain_that_never_ends_but_brings_nothing_is_left(store, ours):
    numbers = count()
    same = '{"id": "00000000-0000-0000-0000-000000000001", "stored": "2026-03-02T09:00:01Z"}'

    def endless(handler):
        page = f'{{"statements": [{same}], "more": "/xapi/more/{next(numbers)}"}}'
        send(handler, 200, page.encode())

    store.answer = endless
    report = ours.pull(store)
    assert "circle" in report.problem
    assert report.pages < 40


def test_a_wrong_setting_is_named_before_anything_is_sent(store, ours):
    for given, name in (
        ({"endpoint": ""}, "endpoint"),
        ({"page": 5}, "page"),
        ({"version": "0.9"}, "version"),
    ):
        with pytest.raises(ValueError, match=name):
            ours.pull(store, **given)
    assert store.requests == []


def test_only_what_the_filters_name_is_asked_for(store, ours):
    ours.pull(store, filters={"verb": "http://adlnet.gov/expapi/verbs/completed"})
    assert "verb=http%3A%2F%2Fadlnet.gov" in store.requests[0][1]
