"""Who is meant when somebody asks what is held of them: a practitioner by all identifiers, or a stranger by one."""

from collections.abc import Sequence
from dataclasses import dataclass

from passport_service.domain.dossier import Dossier
from passport_service.domain.errors import Refused
from passport_service.services import dossiers, people
from passport_service.store import ledger, lookups, refusals, traces
from passport_service.store.database import Store
from passport_service.store.traces import Held, Traces
from passport_service.xapi.actor import IDENTIFIERS, hashed_key


@dataclass(frozen=True, slots=True)
class Known:
    """Who is meant: identifiers with their times, and names. ``streams``: their records here, none for a stranger."""

    held: tuple[Held, ...]
    names: frozenset[str]
    streams: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """What an export of theirs is filed under: their stream, or the identifier of a stranger."""
        return self.streams[0] if self.streams else self.held[0].key


def of_person(store: Store, stream: str) -> Known:
    """A practitioner with all that they are known by, those of records merged into theirs included."""
    streams = every_record(store, stream)
    known = [dossiers.load(store, one) for one in streams]
    held = [Held(*one) for dossier in known for one in dossier.identifiers]
    held += [one for dossier in known for one in mailboxes(store, dossier, streams)]
    names = {value for dossier in known for _, _, value in dossier.attributes.values.get("name", ())}
    return Known(tuple(dict.fromkeys(held)), frozenset(names - {None}), tuple(streams))


def known_by(store: Store, who: str) -> Known:
    """The person whom a staff reference or an identifier names. Raises Refused NOT_FOUND or MALFORMED."""
    if "|" in who:
        return of_identifier(store, who)
    return of_person(store, stream_of(store, who))


def stream_of(store: Store, who: str) -> str:
    """The stream of a practitioner by staff reference. Raises Refused NOT_FOUND, which tells a bare address how to be one."""
    try:
        return people.find(store, who)
    except Refused as refusal:
        if "@" not in who:
            raise
        address = who.removeprefix("mailto:")
        raise Refused(
            refusal.code,
            f"{refusal.message} To look for an e-mail address, write mbox|mailto:{address}",
            "who",
        ) from None


def every_record(store: Store, stream: str) -> list[str]:
    """The person's record and those merged into it, and into those."""
    events = ledger.read(store, stream)
    merged = [other for other in dossiers.merged_streams(events) if ledger.read(store, other)]
    return [stream, *(one for other in merged for one in every_record(store, other))]


def mailboxes(store: Store, dossier: Dossier, streams: Sequence[str]) -> list[Held]:
    """The e-mail addresses that the council has had for them, at times when nobody else held one as an identifier."""
    addresses = {value for _, _, value in dossier.attributes.values.get("email", ()) if value}
    keys = [key for address in sorted(addresses) for key in same_identity(f"mbox|mailto:{address}")]
    return [one for key in keys for one in traces.outside(key, held_by_others(store, key, streams))]


def held_by_others(store: Store, key: str, streams: Sequence[str]) -> list[Held]:
    return [
        Held(key, one.from_at, one.until_at)
        for one in lookups.holders(store, key)
        if one.stream not in streams
    ]


def same_identity(key: str) -> list[str]:
    """A mailbox is known by its hash too."""
    hashed = hashed_key(key)
    return [key, hashed] if hashed else [key]


def of_identifier(store: Store, key: str) -> Known:
    """Somebody known only by an identifier, at the times when it is no practitioner's.

    Raises Refused MALFORMED for what is no identifier.
    """
    check_identifier(key)
    keys = same_identity(key)
    held = [part for one in keys for part in traces.outside(one, held_by_others(store, one, ()))]
    return Known(tuple(held), frozenset())


def refuse_unheld(store: Store, who: Known, found: Traces) -> None:
    """Raises Refused NOT_FOUND when nothing at all is held of a stranger: no statement, document or refused batch."""
    if who.streams or found.own or found.named or traces.places_of(store, who.held):
        return
    if not refusals.naming(store, who.held, who.names):
        raise Refused(
            "NOT_FOUND", "Nothing is held under this identifier that is not a practitioner’s.", "who"
        )


def check_identifier(key: str) -> None:
    """Raises Refused MALFORMED for what is no identifier."""
    kind, _, value = key.partition("|")
    if kind not in IDENTIFIERS or not value:
        raise Refused("MALFORMED", "An identifier is an account, a mailbox, its hash, or an OpenID.", "key")
