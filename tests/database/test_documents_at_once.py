"""Several tools write the same document at the same moment, on both databases."""

from datetime import timedelta
from functools import partial

import orjson
import pytest

from passport_service.domain.errors import Refused
from passport_service.services import documents
from passport_service.services.documents import Context, Place, Write
from passport_service.store import retries
from passport_service.store.database import Store
from passport_service.xapi.documents import JSON, Content
from passport_service.xapi.errors import Invalid
from passport_service.xapi.preconditions import Conditions, Demand, read_conditions
from tests.database.sending import START
from tests.database.together import all_well, meanwhile, together

CONTEXT = Context("mbox|mailto:asha@council.example", "https://moodle.example/course/view.php?id=7")
PLACE = Place(CONTEXT, "place")
WRITERS = 8
NEW = read_conditions({"if-none-match": "*"})


@pytest.fixture(autouse=True)
def _no_second_try(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deadlock is not tried again but fails the test."""
    monkeypatch.setattr(retries, "TRIES", 1)


def content(**value: object) -> Content:
    return Content(JSON, orjson.dumps(value))


def write(store: Store, what: Write, place: Place = PLACE) -> None:
    documents.change(store, place, what, now=START)


def read(store: Store, place: Place = PLACE) -> dict[str, object]:
    found = documents.find(store, place)
    assert found is not None
    value: dict[str, object] = orjson.loads(found.content.data)
    return value


def refusals(results: list[object]) -> list[str]:
    return [one.code if isinstance(one, Refused) else repr(one) for one in results if one is not None]


@pytest.mark.parametrize("merging", [False, True], ids=["PUT", "POST"])
def test_of_many_writers_with_one_tag_exactly_one_wins(store: Store, merging: bool) -> None:
    """xAPI 1.0.3 Communication 3.1: the others are told that the document is not as they had seen it."""
    write(store, Write(content(writer=-1), NEW))
    tag = content(writer=-1).tag
    seen = read_conditions({"if-match": f'"{tag}"'})
    works = [
        partial(write, store, Write(content(writer=number), seen, merging=merging))
        for number in range(WRITERS)
    ]
    results = together(store, works)
    assert refusals(results) == ["PRECONDITION_FAILED"] * (WRITERS - 1)
    assert read(store) == {"writer": results.index(None)}


def test_of_many_who_write_the_first_exactly_one_does(store: Store) -> None:
    """xAPI 1.0.3 Communication 3.1, If-None-Match: *."""
    results = together(
        store, [partial(write, store, Write(content(writer=number), NEW)) for number in range(WRITERS)]
    )
    assert refusals(results) == ["PRECONDITION_FAILED"] * (WRITERS - 1)
    assert read(store) == {"writer": results.index(None)}


def test_of_many_without_a_condition_where_one_is_wanted_exactly_one_writes(store: Store) -> None:
    """xAPI 2.0 4.1.4: the others would replace what they have not seen, and are answered 409."""
    free = [
        Write(content(writer=number), Conditions(), demand=Demand.TO_REPLACE) for number in range(WRITERS)
    ]
    results = together(store, [partial(write, store, one) for one in free])
    assert refusals(results) == ["DOCUMENT_EXISTS"] * (WRITERS - 1)


def test_objects_that_are_posted_at_once_are_all_merged(store: Store) -> None:
    """xAPI 1.0.3 Communication 2.2: also where no document was."""
    posts = [
        Write(content(**{f"p{number}": number}), Conditions(), merging=True) for number in range(WRITERS)
    ]
    all_well(store, [partial(write, store, one) for one in posts])
    assert read(store) == {f"p{number}": number for number in range(WRITERS)}


def test_a_document_that_is_deleted_under_a_writer_is_not_brought_back(store: Store) -> None:
    write(store, Write(content(a=1), NEW))
    seen = read_conditions({"if-match": content(a=1).tag})
    failed: list[str] = []

    def late() -> None:
        try:
            write(store, Write(content(a=2), seen))
        except Refused as refusal:
            failed.append(refusal.code)

    with meanwhile(store, late):
        write(store, Write(None, seen))
    assert failed == ["PRECONDITION_FAILED"]
    assert documents.find(store, PLACE) is None


def test_writers_and_deleters_of_many_never_wait_for_each_other(store: Store) -> None:
    places = [Place(CONTEXT, f"place {number}") for number in range(6)]
    for place in places:
        write(store, Write(content(), NEW), place)
    clear = partial(documents.remove_all, store, CONTEXT, now=START)
    posts = [
        partial(write, store, Write(content(a=1), Conditions(), merging=True), place) for place in places
    ]
    all_well(store, [*posts[:3], clear, clear, *posts[3:]])
    for one in documents.ids(store, CONTEXT):
        assert read(store, Place(CONTEXT, one.id)) == {"a": 1}


def test_a_post_that_cannot_be_merged_leaves_the_document_free(store: Store) -> None:
    write(store, Write(Content("text/plain", b"notes"), NEW))
    with pytest.raises(Invalid):
        write(store, Write(content(a=1), Conditions(), merging=True))
    write(store, Write(content(a=2), Conditions()))
    assert read(store) == {"a": 2}


def test_a_later_write_has_a_later_moment(store: Store) -> None:
    """A request that waited for another is stamped when its turn came, or ``since`` would miss it."""
    write(store, Write(content(a=1), NEW))
    turn = START + timedelta(seconds=5)
    documents.change(store, PLACE, Write(content(a=2), Conditions()), now=START, clock=lambda: turn)
    found = documents.find(store, PLACE)
    assert found is not None
    assert found.updated_at == turn
