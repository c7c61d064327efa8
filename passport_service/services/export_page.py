"""The page in the file of what is held of somebody: what else is in the file, and a line for each of their statements."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from html import escape
from typing import Any

import orjson

from passport_service.domain.calendar import LONDON
from passport_service.services.known import Known
from passport_service.services.sentences import on_day
from passport_service.store.statement_rows import Kept

HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>What is held about you</title></head><body>
<h1>What is held about you</h1>
<p>Made on {made}. The files beside this one hold all of it, for programs to read; times in them say their zone.</p>
<h2>What you are known by</h2><ul>
"""
TABLE = """<h2>Your statements ({number})</h2>
<p>In <b>statements.jsonl</b>: what learning systems said of you, each as it was received, with what was assigned here.</p>
<table>
<thead><tr><th>When (UK time)</th><th>What</th><th>About</th><th>State</th></tr></thead><tbody>
"""
FOOT = "</tbody></table></body></html>\n"
# By file: a heading, and what a line or a fact of it is.
SECTIONS = {
    "record.json": ("Your record", "every fact of your record here, and what follows from it"),
    "mentions.jsonl": (
        "Statements about others",
        "statements about others in which you appear; the others are left out",
    ),
    "documents.jsonl": (
        "Documents",
        "what learning systems keep here about you for themselves; each is a file in <b>documents/</b>",
    ),
    "attachments.jsonl": (
        "Attachments",
        "files that came with your statements; each is in <b>attachments/</b>",
    ),
    "refused.jsonl": (
        "Refused batches",
        "what named you and was refused: when, by which rule, and what it said of you",
    ),
    "looked.jsonl": ("Who looked", "who looked at your record or took it out, and when"),
}


def page(
    who: Known, own: Iterator[Kept], number: int, counts: Mapping[str, int], now: datetime
) -> Iterator[str]:
    """The page, piece by piece. ``own``: the ``number`` statements of theirs; ``counts``: how much each other file holds."""
    yield HEAD.format(made=on_day(now))
    for one in who.held:
        since = f" from {on_day(one.since)}" if one.since else ""
        until = f" until {on_day(one.until)}" if one.until else ""
        yield f"<li>{escape(one.key)}{since}{until}</li>\n"
    yield "</ul>\n"
    for file, (heading, says) in SECTIONS.items():
        yield f"<h2>{heading} ({counts[file]})</h2>\n<p>In <b>{file}</b>: {says}.</p>\n"
    yield TABLE.format(number=number)
    for kept in own:
        value = orjson.loads(kept.payload)
        cells = (
            f"{on_day(kept.timestamp)} {kept.timestamp.astimezone(LONDON):%H:%M}",
            verb_of(value),
            about(value),
            "voided" if kept.voided else "",
        )
        yield "<tr>" + "".join(f"<td>{escape(one)}</td>" for one in cells) + "</tr>\n"
    yield FOOT


def verb_of(statement: dict[str, Any]) -> str:
    verb = statement["verb"]
    return first_of(verb.get("display")) or str(verb["id"]).rsplit("/", 1)[-1]


def about(statement: dict[str, Any]) -> str:
    thing = statement["object"]
    return first_of((thing.get("definition") or {}).get("name")) or str(
        thing.get("id", thing.get("objectType"))
    )


def first_of(words: Any) -> str:
    return str(next(iter(words.values()), "")) if isinstance(words, dict) else ""
