"""A writer that is killed in the middle of its work loses nothing it acknowledged and leaves nothing half done."""

import os
import signal
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from passport_service.store import ledger
from passport_service.store.database import Store
from tests.database.facts import append

WRITER = """
import sys
from tests.database.facts import append
from passport_service.store.database import open_store

store = open_store(sys.argv[1])
number = 0
while True:
    append(store, f"P{number % 3:06d}", number, number + 1, number + 2)
    print(number, flush=True)
    number += 3
"""


@pytest.mark.crash
def test_a_killed_writer_keeps_its_word(store: Store) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, store.url],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": "."},
    )
    assert writer.stdout is not None
    list(islice(writer.stdout, 40))
    os.kill(writer.pid, signal.SIGKILL)
    acknowledged = 39 + len(writer.stdout.readlines())
    writer.wait()

    found = [one.data["number"] for _, facts in ledger.read_many(store) for one in facts]
    assert sorted(found) == list(range(len(found)))
    assert len(found) % 3 == 0
    assert len(found) // 3 >= acknowledged + 1
    assert ledger.verify(store) == []
    append(store, "P000001", 7)
    assert ledger.verify(store) == []
