"""What holds for the whole council at one moment of knowledge, folded from the council's own stream (R0.2, R0.9)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from passport_service.domain.calendar import WorkingCalendar
from passport_service.domain.catalogue import CaseType, Catalogue, Endorsement, Mapping
from passport_service.domain.events import Event
from passport_service.domain.holidays import calendar_from
from passport_service.domain.policy import Policies, Policy, policy_from
from passport_service.domain.training import Requirement

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Council:
    """Policy versions, catalogue and calendar; every question about a person is asked against one of these.

    ``draws`` are the receipts of the draws run so far and ``commitments`` the hashes published for those to come.
    """

    policies: Policies
    catalogue: Catalogue = field(default_factory=Catalogue)
    calendar: WorkingCalendar = field(
        default_factory=lambda: WorkingCalendar("none", frozenset(), frozenset())
    )
    versions: list[Policy] = field(default_factory=list)
    draws: list[Event] = field(default_factory=list)
    commitments: dict[str, str] = field(default_factory=dict)
    seq: int = 0
    set_up_at: datetime = EPOCH


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _requirement_set(council: Council, event: Event) -> None:
    data = dict(event.data)
    data["sets"] = tuple(data["sets"])
    council.catalogue.requirements[data["slug"]] = Requirement(**data)


def _requirement_retired(council: Council, event: Event) -> None:
    council.catalogue.requirements.pop(event.data["slug"], None)


def _mapping(event: Event) -> Mapping:
    data = event.data
    return Mapping(data["source"], data["target"], _day(data.get("from_on")), _day(data.get("until_on")))


def _activity_mapped(council: Council, event: Event) -> None:
    mapping = _mapping(event)
    entries = council.catalogue.activities.setdefault(mapping.source, [])
    entries[:] = [one for one in entries if one.target != mapping.target] + [mapping]


def _activity_unmapped(council: Council, event: Event) -> None:
    entries = council.catalogue.activities.get(event.data["source"], [])
    entries[:] = [one for one in entries if one.target != event.data["target"]]


def _equivalence_set(council: Council, event: Event) -> None:
    mapping = _mapping(event)
    entries = council.catalogue.equivalents.setdefault(mapping.target, [])
    entries[:] = [one for one in entries if one.source != mapping.source] + [mapping]


def _case_type_set(council: Council, event: Event) -> None:
    council.catalogue.case_types[event.data["slug"]] = CaseType(**event.data)


def _endorsement_set(council: Council, event: Event) -> None:
    council.catalogue.endorsements[event.data["slug"]] = Endorsement(**event.data)


def _policy_published(council: Council, event: Event) -> None:
    council.versions.append(policy_from(event.data))
    council.policies = Policies(council.versions)


def _calendar_loaded(council: Council, event: Event) -> None:
    council.calendar = calendar_from(event.data)


def _draw_run(council: Council, event: Event) -> None:
    council.draws.append(event)


def _draw_committed(council: Council, event: Event) -> None:
    council.commitments[event.data["draw"]] = event.data["hash"]


FOLDS: dict[str, Callable[[Council, Event], None]] = {
    "requirement_set": _requirement_set,
    "requirement_retired": _requirement_retired,
    "activity_mapped": _activity_mapped,
    "activity_unmapped": _activity_unmapped,
    "equivalence_set": _equivalence_set,
    "case_type_set": _case_type_set,
    "endorsement_set": _endorsement_set,
    "policy_published": _policy_published,
    "calendar_loaded": _calendar_loaded,
    "draw_run": _draw_run,
    "draw_committed": _draw_committed,
}


def fold_council(events: Iterable[Event], *, known_at: datetime | None = None) -> Council:
    """The council as known at a moment (now by default). The first transaction, the set-up, is always known."""
    council = Council(Policies([]))
    for event in events:
        if not council.seq:
            council.set_up_at = event.recorded_at
        if known_at is not None and event.recorded_at > max(known_at, council.set_up_at):
            continue
        FOLDS[event.kind](council, event)
        council.seq = event.seq
    return council
