"""Every example of docs/api.md does what the page says, in the order of the page."""

import json
import re
import shlex
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

from passport_service.services import dossiers, people
from passport_service.store.database import Store
from tests.conftest import Clock
from tests.database.api_client import RIGHTS, CaseSystem, decide, found_council, submit, train

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
BLOCK = re.compile(r"^```(sh|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ADDRESS = "https://passport.example/api/v1"


def holder(store: Store, clock: Clock, reviewer: str) -> None:
    """Somebody with a passport, known as `holder`."""
    known = {"role": "social_worker", "team": "South", "name": "Hana"}
    then = clock.now - timedelta(days=9)
    stream = people.register(store, ref="holder", attributes=known, now=then, caused_by="test")
    train(store, stream, then)
    for number in range(3):
        submit(store, stream, f"H-{number}", then + timedelta(days=number))
        decide(store, f"H-{number}", reviewer, then + timedelta(days=number, hours=1))
    assert dossiers.load(store, stream).live


def commands(text: str) -> list[list[str]]:
    lines = text.replace("\\\n", " ").strip()
    return [shlex.split("curl" + one) for one in re.split(r"^curl", lines, flags=re.MULTILINE) if one.strip()]


def run(system: CaseSystem, words: list[str], shell: dict[str, str]) -> dict[str, Any]:
    """What curl would get, asked of the application itself."""
    words = [re.sub(r"\$(\w+)", lambda found: shell[found[1]], one) for one in words]
    address = next(one for one in words if one.startswith(ADDRESS)).removeprefix(ADDRESS)
    assert words[words.index("-u") + 1] == shell["KEY"]
    parts = urlsplit(address)
    if "-d" in words:
        answer = system.post(parts.path, json.loads(words[words.index("-d") + 1]))
    else:
        answer = system.get(address)
    assert answer.status_code in (200, 201), (words, answer.get_data(as_text=True))
    return dict(answer.get_json())


def test_the_examples_of_the_page_do_what_it_says(app: Flask, sqlite_store: Store, clock: Clock) -> None:
    streams = found_council(sqlite_store, clock.now)
    assert streams["asha"] == "P000001"
    holder(sqlite_store, clock, streams["rhys"])
    system = CaseSystem(app, sqlite_store, clock.now, *RIGHTS)
    shell = {"KEY": system.credentials, "API": ADDRESS}
    answer: dict[str, Any] = {}
    told = 0
    for kind, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if kind == "json":
            expected = json.loads(text)
            assert {name: answer.get(name) for name in expected} == expected
            continue
        for words in commands(text):
            clock.move(minutes=1)
            answer = run(system, words, shell)
            shell["CHECK"] = answer.get("check", "")
            told += 1
    assert told >= 12
