"""Everything known of one person, folded from their events: the only reading of the ledger's facts (R0.2).

A dossier is folded from the events known at a moment; its questions take the moment *as of* which they are asked (R0.1).
Each kind of event has one small function below that takes it in, in ``FOLDS``.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from passport_service.domain.concerns import Concern, ConcernStatus, Severity, read_again
from passport_service.domain.events import Event
from passport_service.domain.items import Item
from passport_service.domain.passport import TRANSITIONS, Passport, PassportState, series_of
from passport_service.domain.people import Absence, Attributes
from passport_service.domain.streak import Decision, Outcome
from passport_service.domain.training import Completion, Prior, Waiver


@dataclass(slots=True)
class Dossier:
    """One person's facts. ``seq`` and ``last_recorded_at`` are those of the last event taken in."""

    stream: str
    seq: int = 0
    last_recorded_at: datetime | None = None
    attributes: Attributes = field(default_factory=Attributes)
    identifiers: list[tuple[str, datetime | None, datetime | None]] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)
    registration_checked_at: datetime | None = None
    completions: dict[str, Completion] = field(default_factory=dict)
    voided: dict[str, datetime] = field(default_factory=dict)
    priors: list[Prior] = field(default_factory=list)
    waivers: list[Waiver] = field(default_factory=list)
    waiver_requests_closed: set[str] = field(default_factory=set)
    items: dict[str, Item] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    concerns: dict[str, Concern] = field(default_factory=dict)
    transitions: list[Event] = field(default_factory=list)
    passports: list[Passport] = field(default_factory=list)
    spared: list[frozenset[str]] = field(default_factory=list)
    notices: list[Event] = field(default_factory=list)
    warned: set[tuple[str, str, int]] = field(default_factory=set)
    precaution: bool = False
    agreed_at: datetime | None = None
    answers: list[Event] = field(default_factory=list)
    registered_at: datetime | None = None
    holds: set[str] = field(default_factory=set)
    training_cache: dict[Any, Any] = field(default_factory=dict)

    @property
    def passport(self) -> Passport | None:
        """The passport that speaks: the last of the series."""
        return self.passports[-1] if self.passports else None

    @property
    def live(self) -> Passport | None:
        last = self.passport
        return last if last and last.is_live else None

    def passport_at(self, moment: datetime) -> Passport | None:
        """The passport that spoke at a moment, by the transitions that had taken effect (R0.3)."""
        series = series_of([one for one in self.transitions if one.effective_at <= moment])
        return series[-1] if series else None

    def active_spells(self) -> list[tuple[datetime, datetime | None]]:
        """When passports were active: from (not included) to (included; None: still)."""
        spells: list[tuple[datetime, datetime | None]] = []
        series: list[Passport] = []
        since: datetime | None = None
        for event in self.transitions:
            TRANSITIONS[event.kind](series, event)
            is_active = series[-1].state is PassportState.ACTIVE
            if is_active and since is None:
                since = event.effective_at
            elif not is_active and since is not None:
                spells.append((since, event.effective_at))
                since = None
        return [*spells, (since, None)] if since else spells

    def role_at(self, moment: datetime) -> str | None:
        return self.attributes.at("role", moment)

    def next_number(self) -> int:
        return len(self.passports) + 1

    def apply(self, event: Event) -> None:
        """Take in one event; an event whose kind this version does not know is refused by name."""
        self.seq, self.last_recorded_at = event.seq, event.recorded_at
        FOLDS[event.kind](self, event)


def fold(stream: str, events: Iterable[Event]) -> Dossier:
    """The dossier after these events, in the order recorded."""
    dossier = Dossier(stream)
    folds = FOLDS
    for event in events:
        folds[event.kind](dossier, event)
        dossier.seq, dossier.last_recorded_at = event.seq, event.recorded_at
    return dossier


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _person(dossier: Dossier, event: Event) -> None:
    if event.kind == "person_registered":
        dossier.registered_at = event.effective_at
    for name, value in event.data.items():
        dossier.attributes.put(name, event.effective_at, event.seq, value)


def _registration_checked(dossier: Dossier, event: Event) -> None:
    dossier.registration_checked_at = max(dossier.registration_checked_at or event.effective_at, event.effective_at)


def _identifier_linked(dossier: Dossier, event: Event) -> None:
    dossier.identifiers.append((event.data["key"], _moment(event.data.get("from")), None))


def _identifier_unlinked(dossier: Dossier, event: Event) -> None:
    until = _moment(event.data.get("until"))
    kept = []
    for key, since, end in dossier.identifiers:
        if key == event.data["key"] and end is None:
            if until is not None and (since is None or since < until):
                kept.append((key, since, until))
        else:
            kept.append((key, since, end))
    dossier.identifiers = kept


def _identifier_restored(dossier: Dossier, event: Event) -> None:
    key = event.data["key"]
    dossier.identifiers = [(k, s, None if k == key and e == _moment(event.data["until"]) else e)
                           for k, s, e in dossier.identifiers]


def _absence_recorded(dossier: Dossier, event: Event) -> None:
    dossier.absences.append(
        Absence(date.fromisoformat(event.data["from_on"]), date.fromisoformat(event.data["until_on"]))
    )


def _absence_cancelled(dossier: Dossier, event: Event) -> None:
    gone = Absence(date.fromisoformat(event.data["from_on"]), date.fromisoformat(event.data["until_on"]))
    dossier.absences = [one for one in dossier.absences if one != gone]


def _completion_recorded(dossier: Dossier, event: Event) -> None:
    data = event.data
    known = dossier.completions.get(data["statement"])
    dossier.completions[data["statement"]] = Completion(
        statement=data["statement"],
        meaning=data["meaning"],
        activity=data["activity"],
        course=data.get("course"),
        effective_at=event.effective_at,
        recorded_at=event.recorded_at,
        seq=known.seq if known else event.seq,
        success=data.get("success"),
        completion=data.get("completion"),
        scaled=data.get("scaled"),
        registration=data.get("registration"),
        may_waive=data.get("may_waive", False),
        flags=tuple(data.get("flags", ())),
    )
    dossier.training_cache.clear()


def _completion_moved(dossier: Dossier, event: Event) -> None:
    if said := dossier.completions.get(event.data["statement"]):
        said.moved = True
    dossier.training_cache.clear()


def _evidence_voided(dossier: Dossier, event: Event) -> None:
    dossier.voided[event.data["statement"]] = event.effective_at
    dossier.training_cache.clear()


def _prior_approved(dossier: Dossier, event: Event) -> None:
    data = event.data
    completed_on = date.fromisoformat(data["completed_on"])
    dossier.priors.append(
        Prior(data["requirement"], completed_on, data["by"], data["approver"], data.get("reason", ""))
    )
    dossier.training_cache.clear()


def _waiver_granted(dossier: Dossier, event: Event) -> None:
    data = event.data
    dossier.waivers.append(
        Waiver(
            data["requirement"],
            date.fromisoformat(data["from_on"]),
            _day(data.get("until_on")),
            data["approver"],
            data["reason"],
            data.get("role"),
        )
    )
    dossier.training_cache.clear()


def _waiver_answered(dossier: Dossier, event: Event) -> None:
    dossier.waiver_requests_closed.add(event.data["statement"])


def _item_submitted(dossier: Dossier, event: Event) -> None:
    data = event.data
    if item := dossier.items.get(data["item"]):
        item.resubmitted_at = event.effective_at
        item.status = "submitted"
        item.due_on = date.fromisoformat(data["due_on"])
        return
    dossier.items[data["item"]] = Item(
        ref=data["item"], kind=data["kind"], type=data["type"], stream=data["stream"], status="submitted",
        submitted_at=event.effective_at, recorded_at=event.recorded_at, due_on=date.fromisoformat(data["due_on"]),
        facts=data.get("facts", {}),
    )


def _item_confirmed(dossier: Dossier, event: Event) -> None:
    data = event.data
    dossier.items[data["item"]] = Item(
        ref=data["item"], kind=data["kind"], type=data["type"], stream="none", status="confirmed",
        confirmed_at=event.effective_at, recorded_at=event.recorded_at, facts=data.get("facts", {}),
        check=data["check"], return_to_practice=data.get("return_to_practice", False),
    )


def _item_withdrawn(dossier: Dossier, event: Event) -> None:
    item = dossier.items[event.data["item"]]
    item.status, item.withdrawn_at = "withdrawn", event.recorded_at


def _item_picked(dossier: Dossier, event: Event) -> None:
    item = dossier.items[event.data["item"]]
    item.stream, item.basis, item.status = "moderate", event.data["basis"], "picked"
    item.picked_at, item.due_on = event.effective_at, date.fromisoformat(event.data["due_on"])


def _item_decided(dossier: Dossier, event: Event) -> None:
    data = event.data
    item = dossier.items[data["item"]]
    dossier.decisions[data["decision"]] = Decision(
        id=data["decision"], item=item.ref, kind=item.kind, type=item.type, outcome=Outcome(data["outcome"]),
        effective_at=event.effective_at, recorded_at=event.recorded_at, seq=event.seq, reviewer=data["reviewer"],
        stream=data["stream"], submitted_at=item.work_at, reason=data.get("reason", ""),
    )
    item.status, item.decided_at = data["outcome"], event.effective_at


def _decision_corrected(dossier: Dossier, event: Event) -> None:
    decision = dossier.decisions[event.data["decision"]]
    decision.outcome = Outcome(event.data["outcome"])
    decision.reviewer = event.data["reviewer"]
    decision.corrected_at = event.recorded_at
    dossier.items[decision.item].status = event.data["outcome"]


def _decision_set_aside(dossier: Dossier, event: Event) -> None:
    dossier.decisions[event.data["decision"]].set_aside = True


def _concern_recorded(dossier: Dossier, event: Event) -> None:
    data = event.data
    item = dossier.items.get(data["item"])
    dossier.concerns[data["concern"]] = Concern(
        id=data["concern"], item=data["item"], category=data["category"], severity=Severity(data["severity"]),
        source=data["source"], occurred_on=date.fromisoformat(data["occurred_on"]),
        found_on=date.fromisoformat(data["found_on"]), recorded_at=event.recorded_at, seq=event.seq,
        reader=data["reader"], reason=data.get("reason", ""), needs_second_reader=data["needs_second_reader"],
        work_at=item.work_at if item else None,
        status=ConcernStatus.OPEN if data["needs_second_reader"] else ConcernStatus.COUNTED,
        counted_at=None if data["needs_second_reader"] else event.effective_at,
        decide_by=_day(data.get("decide_by")),
    )


def _concern_read_again(dossier: Dossier, event: Event) -> None:
    read_again(dossier.concerns[event.data["concern"]], event.data["reader"], event.data["agrees"], event.effective_at)
    dossier.concerns[event.data["concern"]].readers.append(event.data["reader"])
    _strike_out(dossier)


def _concern_closed(dossier: Dossier, event: Event) -> None:
    concern = dossier.concerns[event.data["concern"]]
    concern.status = ConcernStatus(event.data["status"])
    _strike_out(dossier)


def _strike_out(dossier: Dossier) -> None:
    """A decision whose concern was overturned neither adds to the run nor resets it (R3.2)."""
    gone = {one.item for one in dossier.concerns.values()
            if one.status in (ConcernStatus.OVERTURNED, ConcernStatus.WITHDRAWN)}
    standing = {one.item for one in dossier.concerns.values()} - gone
    for decision in dossier.decisions.values():
        if decision.outcome is Outcome.CONCERN:
            decision.struck_out = decision.item in gone and decision.item not in standing


def _concern_answered(dossier: Dossier, event: Event) -> None:
    dossier.concerns[event.data["concern"]].answered = event.data["outcome"]


def _group_spared(dossier: Dossier, event: Event) -> None:
    dossier.spared.append(frozenset(event.data["concerns"]))


def _notice_given(dossier: Dossier, event: Event) -> None:
    dossier.notices.append(event)
    if event.data["code"] == "CONCERN_COUNTED":
        dossier.concerns[event.data["concern"]].told_at = event.effective_at


def _warning_given(dossier: Dossier, event: Event) -> None:
    for slug, expires_on, days in event.data["warnings"]:
        dossier.warned.add((slug, expires_on, days))


def _precaution(dossier: Dossier, event: Event) -> None:
    dossier.precaution = event.kind == "precaution_taken"


def _reissue_agreed(dossier: Dossier, event: Event) -> None:
    dossier.agreed_at = event.effective_at


def _hold(dossier: Dossier, event: Event) -> None:
    if event.kind == "hold_placed":
        dossier.holds.add(event.data["why"])
    else:
        dossier.holds.discard(event.data["why"])


def _answered(dossier: Dossier, event: Event) -> None:
    dossier.answers.append(event)


def _transition(dossier: Dossier, event: Event) -> None:
    dossier.transitions.append(event)
    TRANSITIONS[event.kind](dossier.passports, event)


def _nothing(dossier: Dossier, event: Event) -> None:
    """Kept for the record; says nothing of the person's standing."""


FOLDS: dict[str, Callable[[Dossier, Event], None]] = {
    "person_registered": _person,
    "person_changed": _person,
    "registration_checked": _registration_checked,
    "identifier_linked": _identifier_linked,
    "identifier_unlinked": _identifier_unlinked,
    "identifier_restored": _identifier_restored,
    "absence_recorded": _absence_recorded,
    "absence_cancelled": _absence_cancelled,
    "completion_recorded": _completion_recorded,
    "completion_moved": _completion_moved,
    "evidence_voided": _evidence_voided,
    "prior_proposed": _nothing,
    "prior_approved": _prior_approved,
    "waiver_granted": _waiver_granted,
    "waiver_answered": _waiver_answered,
    "item_submitted": _item_submitted,
    "item_confirmed": _item_confirmed,
    "item_withdrawn": _item_withdrawn,
    "item_picked": _item_picked,
    "item_decided": _item_decided,
    "decision_corrected": _decision_corrected,
    "decision_set_aside": _decision_set_aside,
    "concern_recorded": _concern_recorded,
    "concern_read_again": _concern_read_again,
    "concern_closed": _concern_closed,
    "concern_answered": _concern_answered,
    "group_spared": _group_spared,
    "notice_given": _notice_given,
    "message_given": _nothing,
    "warning_given": _warning_given,
    "precaution_taken": _precaution,
    "precaution_lifted": _precaution,
    "reissue_agreed": _reissue_agreed,
    "hold_placed": _hold,
    "hold_cleared": _hold,
    "answer_given": _answered,
    "person_merged": _nothing,
    "person_unmerged": _nothing,
    **dict.fromkeys(TRANSITIONS, _transition),
}


