"""Putting what people are told into the outbox, in the transaction that decided it; the worker delivers it later."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from passport_service.domain.dossier import Dossier
from passport_service.domain.events import NewEvent
from passport_service.services.sentences import on_day
from passport_service.store import deliveries, queries
from passport_service.store.database import Store

NOTICE_SUBJECT = "About your self-confirmation passport"


def enqueue(store: Store, dossier: Dossier, events: Sequence[NewEvent], *, now: datetime) -> None:
    """One delivery for each notice, message or warning among these events, to the person's own address if one is known."""
    address = dossier.attributes.latest("email")
    if not address:
        return
    name = dossier.attributes.latest("name") or ""
    for event in events:
        if event.kind == "notice_given":
            text = notice_text(name, event.data, _decider(store, event.data.get("by")))
            deliveries.put(event.data["notice"], address, NOTICE_SUBJECT, text, now)
        elif event.kind in ("message_given", "warning_given"):
            deliveries.put(
                event.data["id"], address, event.data["heading"], message_text(name, event.data), now
            )


def _decider(store: Store, stream: str | None) -> str:
    """The name of whoever decided, as people know them."""
    person = queries.find_person(store, stream) if stream else None
    return person.name if person else "a person"


def message_text(name: str, data: Any) -> str:
    """A message as plain text."""
    lines = [f"Dear {name}" if name else "Hello", "", data["heading"] + ".", "", data["sentence"]]
    if data.get("facts"):
        lines += ["", *(f"- {one}" for one in data["facts"])]
    return "\n".join([*lines, "", "You can see everything held about you on your passport page."])


def notice_text(name: str, data: Any, decider: str = "a person") -> str:
    """A notice as plain text, every element of R12.1 in the order in which a person needs it."""
    relied_on = [
        f"- {one['fact']}" + (f", {_day(one['on'])}" if one.get("on") else "") + f" ({one['source']})"
        for one in data["relied_on"]
    ]
    by = "automatically, by a rule" if data["automatic"] else f"by {decider}"
    lines = [
        f"Dear {name}" if name else "Hello",
        "",
        data["decided"],
        "",
        f"It took effect on {on_day(datetime.fromisoformat(data['takes_effect']))} and was decided {by} "
        f"(rule {data['rule']}, policy version {data['policy_version']}).",
    ]
    if data.get("reason"):
        lines += ["", f"Reason given: {data['reason']}"]
    if relied_on:
        lines += ["", "What this rests on:", *relied_on]
    lines += [
        "",
        f"Work in hand: {data['work_in_hand']}",
        f"What to do: {data['regain']}",
        f"Your say: {data['respond']}",
        f"A fresh look: {data['review']} Ask by {_day(data['respond_by'])}. Who decides: {data['decides']}",
        f"Support: {data['support']}",
        f"Your data: {data['data_protection']}",
        data["meaning"],
    ]
    return "\n".join(lines)


def _day(text: str) -> str:
    return on_day(date.fromisoformat(text))
