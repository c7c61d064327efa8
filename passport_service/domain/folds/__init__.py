"""How each kind of event is taken into a dossier: one small function a kind, named in ``FOLDS`` (R0.2)."""

from collections.abc import Callable, Iterable

from passport_service.domain.dossier import Dossier
from passport_service.domain.events import Event
from passport_service.domain.folds import people, standing, training, work
from passport_service.domain.passport import TRANSITIONS

FOLDS: dict[str, Callable[[Dossier, Event], None]] = {
    "person_registered": people.person,
    "person_changed": people.person,
    "registration_checked": people.registration_checked,
    "identifier_linked": people.identifier_linked,
    "identifier_unlinked": people.identifier_unlinked,
    "identifier_restored": people.identifier_restored,
    "absence_recorded": people.absence_recorded,
    "absence_cancelled": people.absence_cancelled,
    "completion_recorded": training.completion_recorded,
    "completion_moved": training.completion_moved,
    "evidence_voided": training.evidence_voided,
    "prior_proposed": standing.nothing,
    "prior_answered": standing.nothing,
    "prior_approved": training.prior_approved,
    "waiver_granted": training.waiver_granted,
    "waiver_answered": training.waiver_answered,
    "item_submitted": work.item_submitted,
    "item_confirmed": work.item_confirmed,
    "item_withdrawn": work.item_withdrawn,
    "item_picked": work.item_picked,
    "item_decided": work.item_decided,
    "decision_corrected": work.decision_corrected,
    "decision_set_aside": work.decision_set_aside,
    "concern_recorded": standing.concern_recorded,
    "concern_read_again": standing.concern_read_again,
    "concern_closed": standing.concern_closed,
    "concern_answered": standing.concern_answered,
    "group_spared": standing.group_spared,
    "notice_given": standing.notice_given,
    "message_given": standing.nothing,
    "warning_given": training.warning_given,
    "precaution_taken": standing.precaution,
    "precaution_lifted": standing.precaution,
    "reissue_agreed": standing.reissue_agreed,
    "hold_placed": people.hold,
    "hold_cleared": people.hold,
    "answer_given": standing.answered,
    "person_merged": standing.nothing,
    "person_unmerged": standing.nothing,
    **dict.fromkeys(TRANSITIONS, standing.transition),
}


def apply(dossier: Dossier, event: Event) -> None:
    """Take in one event; a kind that this version does not know is refused by name (KeyError)."""
    dossier.seq, dossier.last_recorded_at = event.seq, event.recorded_at
    FOLDS[event.kind](dossier, event)


def fold(stream: str, events: Iterable[Event]) -> Dossier:
    """The dossier after these events, in the order recorded."""
    dossier = Dossier(stream)
    folds = FOLDS
    for event in events:
        folds[event.kind](dossier, event)
        dossier.seq, dossier.last_recorded_at = event.seq, event.recorded_at
    return dossier
