"""A sender for the tests of statements: a key, and short ways to send, find and read."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from passport_service.evidence import Recognisers
from passport_service.services import keys, learning, statements
from passport_service.services.keys import Key
from passport_service.services.statements import Accepted
from passport_service.store.database import Store
from passport_service.xapi.query import parse_query

PEPPER = "a secret that is only ever used in tests"
HOME = "https://passport.example"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def uid(number: int) -> str:
    """The id of the numbered statement."""
    return str(UUID(int=0x4000_8000_0000_0000_0000 + number, version=4))


def statement(number: int | None = None, **more: Any) -> dict[str, Any]:
    """A plain statement; with a number it has that id."""
    own = {} if number is None else {"id": uid(number)}
    return own | {
        "actor": {"account": {"homePage": "https://moodle.example", "name": "12"}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/experienced"},
        "object": {"id": "https://moodle.example/mod/page/view.php?id=1"},
        "timestamp": "2026-03-01T09:00:00Z",
        **more,
    }


def reference(number: int) -> dict[str, str]:
    return {"objectType": "StatementRef", "id": uid(number)}


def voiding(number: int, target: int) -> dict[str, Any]:
    return statement(number, verb={"id": VOIDED}, object=reference(target))


class Sender:
    """A key that sends; its clock moves on by a second with each batch."""

    def __init__(self, store: Store, **may: Any) -> None:
        learning.use(Recognisers([]))
        self.store = store
        self.now = START
        self.made = keys.create(
            store, label="Moodle", purpose="xapi", pepper=PEPPER, by="admin", now=START, **may
        )

    @property
    def key(self) -> Key:
        return self.made.key

    def send(self, *batch: dict[str, Any], **options: Any) -> Accepted:
        return self.send_body(orjson.dumps(batch), **options)

    def send_body(self, body: bytes, **options: Any) -> Accepted:
        self.now += timedelta(seconds=1)
        return statements.accept(self.store, key=self.key, body=body, now=self.now, **options)

    def find(self, number: int, *, voided: bool = False) -> bytes | None:
        """The payload of a statement as it was sent."""
        name = "voidedStatementId" if voided else "statementId"
        found = statements.find(self.store, parse_query({name: uid(number)}), key=self.key)
        return None if found is None else found.payload

    def numbers(self, **parameters: str) -> list[int]:
        """The numbers of all statements that a question finds, page by page."""
        found: list[int] = []
        more: dict[str, str] = {}
        while True:
            page = statements.search(self.store, parse_query(parameters | more), key=self.key, home=HOME)
            found += [number_of(orjson.loads(one)["id"]) for one in page.statements]
            if page.cursor is None:
                return found
            more = {"cursor": page.cursor}


def number_of(statement_id: str) -> int:
    return UUID(statement_id).int & 0xFFFF_FFFF


def count(store: Store, table: str = "statement") -> int:
    found: int = store.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return found


Send = Callable[..., Accepted]
