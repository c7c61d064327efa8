"""The statements that the Moodle plug-in's own tests expect, by release: all accepted (reference data, kept elsewhere)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from passport_service.store.database import Store
from tests.database.sending import Sender, count

REFERENCE = Path(__file__).parents[3] / "shared" / "fixtures" / "logstore_xapi"


def expected(name: str, rows: str) -> Iterator[list[dict[str, Any]]]:
    for row in orjson.loads((REFERENCE / name).read_bytes())[rows]:
        yield row["statements"]


@pytest.mark.skipif(
    not REFERENCE.exists(), reason="the reference statements of logstore_xapi are not beside the checkout"
)
def test_every_statement_of_every_release_is_accepted(store: Store) -> None:
    sender = Sender(store)
    sent = 0
    for batch in [*expected("by_version.json", "rows"), *expected("fixtures.json", "fixtures")]:
        assert sender.send(*batch).new == len(batch)
        sent += len(batch)
    assert count(store) == sent == 400
