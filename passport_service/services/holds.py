"""Legal holds: set and lifted with a reason, by those who may; neither a rule nor a request erases what is held (D.18.2)."""

from collections.abc import Collection
from datetime import datetime

from passport_service.domain.errors import Refused
from passport_service.services import keys
from passport_service.services.known import Known, check_identifier, of_person
from passport_service.store import holds, ledger, queries, security_log
from passport_service.store.database import Store
from passport_service.store.holds import Hold, Kind
from passport_service.store.traces import Held

LONGEST_REASON = 500
LISTED = "`passport person holds` and the page Personal data list those that do"


def set_hold(store: Store, kind: Kind, name: str, *, reason: str, now: datetime, by: str) -> int:
    """Hold a person (by stream), an identifier, or all that a key sent. Raises Refused, also when it is held already."""
    why = needed(reason)
    with store.writing(now):
        ledger.alone(
            store
        )  # whoever erases or deletes holds this too: it is held before, or there is nothing left
        refuse_unknown(store, kind, name)
        for one in holds.of(store, [name]):
            if one.lifted_at is None and one.kind is kind:
                raise Refused("NOT_ALLOWED", f"This is under legal hold already (hold {one.id}).", "name")
        number = holds.add(store, kind, name, why, at=now, by=by)
        note(store, "hold_set", number, kind, name, now, by)
    return number


def lift(store: Store, number: int, *, why: str, now: datetime, by: str) -> None:
    """End a hold; from now on the rules apply again. Raises Refused NOT_FOUND when it stands no more."""
    reason = needed(why)
    with store.writing(now):
        found = holds.find(store, number)
        if found is None or not holds.lift(store, number, reason, at=now, by=by):
            raise Refused("NOT_FOUND", f"No hold {number} stands: {LISTED}.", "hold")
        note(store, "hold_lifted", number, found.kind, found.name, now, by)


def needed(reason: str) -> str:
    text = reason.strip()
    if not text or len(text) > LONGEST_REASON:
        raise Refused("MALFORMED", f"Say why, in at most {LONGEST_REASON} characters.", "reason")
    return text


def refuse_unknown(store: Store, kind: Kind, name: str) -> None:
    match kind:
        case Kind.PERSON:
            if queries.find_person(store, name) is None:
                raise Refused("NOT_FOUND", "Nobody has this record.", "name")
        case Kind.IDENTIFIER:
            check_identifier(name)
        case Kind.KEY:
            keys.load(store, name)


def note(store: Store, what: str, number: int, kind: Kind, name: str, now: datetime, by: str) -> None:
    """Keeps who did it; an identifier is somebody's address and stands only in the hold itself."""
    named = {} if kind is Kind.IDENTIFIER else {"stream" if kind is Kind.PERSON else "key": name}
    security_log.note(store, what, at=now, who=by, hold=number, of=str(kind), **named)


def on(store: Store, who: Known) -> list[Hold]:
    """The holds that stand over somebody: over a record of theirs or an identifier."""
    names = [*who.streams, *(one.key for one in who.held)]
    return [one for one in holds.of(store, names) if one.lifted_at is None and one.kind is not Kind.KEY]


def held_by_all(store: Store) -> list[Held]:
    """The identifiers of everybody who is held, whenever each was theirs."""
    found: list[Held] = []
    for one in holds.standing(store):
        if one.kind is Kind.IDENTIFIER:
            found.append(Held(one.name))
        elif one.kind is Kind.PERSON:
            found.extend(of_person(store, one.name).held)
    return found


def keys_held(store: Store) -> list[str]:
    return [one.name for one in holds.standing(store) if one.kind is Kind.KEY]


def refuse_erasure(store: Store, who: Known, sent_by: Collection[str]) -> None:
    """Raises Refused NOT_ALLOWED when somebody is held, or a key that sent what would go (``sent_by``)."""
    for one in on(store, who):
        raise refusal(one, "This", "nothing of it may go")
    for one in holds.standing(store):
        if one.kind is Kind.KEY and one.name in sent_by:
            raise refusal(one, f"The key {one.name}, which sent some of this,", "nothing that it sent may go")


def refusal(hold: Hold, what: str, follows: str) -> Refused:
    """What is said of a hold that stands in the way: its number, and how it is lifted."""
    since = hold.set_at.date().isoformat()
    return Refused(
        "NOT_ALLOWED",
        f"{what} is under legal hold since {since} (hold {hold.id}): {follows} until it is lifted, on the page Personal data"
        f" or by `passport person release {hold.id}`. `passport person holds` lists all holds.",
        "who",
    )
