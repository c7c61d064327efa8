"""What a statement did to somebody's record, in words for those who may see it."""

from passport_service.domain.events import Event
from passport_service.services.arrived import Deed
from passport_service.web.reason_words import transition_words

RESTS = {
    "completion_recorded": "Kept in their record as what the learning system said",
    "completion_moved": "Taken out of their record, because the identifier belongs to somebody else",
    "evidence_voided": "What it said, taken back",
    "waiver_granted": "A waiver, granted on it",
    "waiver_answered": "A person’s answer to what it asked for",
}


def consequences(deed: Deed) -> list[tuple[str, Event]]:
    """Each event that rests on a statement, and each change of a passport that came with it, in the order recorded."""
    events = sorted([*deed.rests, *deed.followed], key=lambda one: one.seq)
    return [(words(one), one) for one in events]


def words(event: Event) -> str:
    if event.kind in RESTS:
        return RESTS[event.kind]
    title, text = transition_words(event)
    return f"{title}. {text}" if text else title
