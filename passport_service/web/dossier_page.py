"""What the page about one practitioner shows, gathered in a few queries from the one fold of their events."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from passport_service.domain.calendar import business_date
from passport_service.domain.events import Event
from passport_service.domain.holdings import Holding, WaiverRequest, holdings, waiver_requests
from passport_service.domain.people import Absence
from passport_service.domain.streak import Decision, ordered
from passport_service.domain.training import CORE, Completion, Standing
from passport_service.services import keys, passports
from passport_service.services.passports import Standpoint
from passport_service.store import queries, waiting_queries, workforce_queries
from passport_service.store.database import Store
from passport_service.store.queries import GivenNotice, Person
from passport_service.store.statement_rows import load as load_statements
from passport_service.store.waiting_queries import Proposal
from passport_service.web.reason_words import NOTES, cause_lines, sentences, transition_words

ATTRIBUTES = {
    "name": "Name", "ref": "Reference", "email": "E-mail address", "role": "Role", "team": "Team", "locality": "Locality",
    "manager": "Manager", "profession": "Profession", "registration": "Registration", "agency": "Agency worker",
    "newly_qualified": "Newly qualified", "left": "Left", "merged_into": "Merged into",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heard:
    """One completion that an LMS sent: what it said, through which key, and the statement itself as text."""

    said: Completion
    key: str
    body: str
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class RequirementLine:
    """One requirement of this person on the day of the page."""

    slug: str
    title: str
    sets: list[str]
    standing: Standing
    holding: Holding
    evidence: list[Heard]
    notes: list[Heard]


@dataclass(frozen=True, slots=True)
class Identity:
    """An identifier and since when it is theirs; ``undo`` is what the last change of it can be turned back to."""

    key: str
    from_at: datetime | None
    until_at: datetime | None


@dataclass(slots=True)
class DossierPage:
    """Everything on the page."""

    person: Person
    found: Standpoint
    today: date
    reasons: list[str]
    requirements: list[RequirementLine]
    identities: list[Identity]
    unlinked: list[Identity]
    absences: list[Absence]
    history: list[tuple[str, str, datetime]]
    timeline: list[dict[str, Any]]
    decisions: list[Decision]
    notices: list[GivenNotice]
    proposals: list[Proposal]
    requests: list[WaiverRequest]


def gather(store: Store, person: Person, *, now: datetime, with_statements: bool) -> DossierPage:
    """The page as of now. ``with_statements``: also what the learning systems sent, word by word."""
    with store.reading():
        found = passports.standpoint(store, person.stream, now=now)
        dossier, catalogue = found.dossier, found.council.catalogue
        held = holdings(dossier, catalogue)
        sent = _sent(store, held.values()) if with_statements else {}
        return DossierPage(
            person=person,
            found=found,
            today=business_date(now),
            reasons=cause_lines(found.passport, found.council) or sentences(found.reasons),
            requirements=[_requirement(one, found, sent) for one in held.values()],
            identities=[Identity(*one) for one in dossier.identifiers],
            unlinked=_unlinked(
                store, person.stream, {key for key, _, until in dossier.identifiers if until is None}
            ),
            absences=sorted(dossier.absences, key=lambda one: one.from_on, reverse=True),
            history=_history(found),
            timeline=_timeline(dossier.transitions),
            decisions=list(reversed(ordered(list(dossier.decisions.values())))),
            notices=queries.notices_of(store, person.stream),
            proposals=waiting_queries.open_proposals(store, [person.stream]),
            requests=waiver_requests(dossier, catalogue),
        )


def _sent(store: Store, held: Iterable[Holding]) -> dict[str, tuple[str, str]]:
    """The statements behind holdings: id to the label of the key that sent it, and its text."""
    found = list(held)
    ids = {one.statement for holding in found for one in holding.evidence}
    ids |= {one.statement for holding in found for one, _ in holding.notes}
    labels = {one.id: one.label for one in keys.every(store)}
    return {
        one.id: (labels.get(one.key_id, one.key_id), pretty(one.statement))
        for one in load_statements(store, sorted(ids))
    }


def pretty(value: Any) -> str:
    """JSON for people: indented, in the order in which it came."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def _requirement(holding: Holding, found: Standpoint, sent: dict[str, tuple[str, str]]) -> RequirementLine:
    endorsements = found.council.catalogue.endorsements
    names = {CORE: "every passport"} | {one.slug: one.title for one in endorsements.values()}
    sets = [names.get(one, one) for one in holding.requirement.sets]
    day = business_date(found.as_of)
    return RequirementLine(
        holding.requirement.slug,
        holding.requirement.title,
        sets,
        holding.on(day, found.dossier.role_at(found.as_of)),
        holding,
        [_heard(one, sent) for one in sorted(holding.evidence, key=_newest_first)],
        [
            _heard(one, sent, NOTES[why])
            for one, why in sorted(holding.notes, key=lambda n: _newest_first(n[0]))
        ],
    )


def _newest_first(said: Completion) -> float:
    return -said.effective_at.timestamp()


def _heard(said: Completion, sent: dict[str, tuple[str, str]], why_not: str = "") -> Heard:
    return Heard(said, *sent.get(said.statement, ("", "")), why_not)


def _unlinked(store: Store, stream: str, held: set[str]) -> list[Identity]:
    """Identifiers that were taken away and are not theirs now: the last link of each, which an undo brings back."""
    found: dict[str, Identity] = {}
    for event in workforce_queries.identifier_events(store, stream):
        key = event.data["key"]
        if event.kind == "identifier_linked":
            since = event.data.get("from")
            found[key] = Identity(key, datetime.fromisoformat(since) if since else None, None)
    return [one for key, one in found.items() if key not in held and not key.startswith("mbox_sha1sum|")]


def _history(found: Standpoint) -> list[tuple[str, str, datetime]]:
    """(attribute, value, since) of everything that ever changed, the latest first."""
    rows = [
        (ATTRIBUTES.get(name, name.replace("_", " ").capitalize()), _said(value), since)
        for name, values in found.dossier.attributes.values.items()
        for since, _, value in values
    ]
    return sorted(rows, key=lambda one: one[2], reverse=True)


def _said(value: Any) -> str:
    if value is None:
        return "nothing"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value).replace("_", " ")


def _timeline(transitions: list[Event]) -> list[dict[str, Any]]:
    entries = []
    for event in reversed(transitions):
        title, text = transition_words(event)
        by = "the service" if event.caused_by == "system" else ""
        entries.append({"title": title, "text": text, "at": event.effective_at, "by": by})
    return entries
