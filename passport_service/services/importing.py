"""Bringing people in from a file: first what each line would do, then all of it or nothing (D.16, R2.11).

The file says how things are now; what it does not say stays as it is. ``plan`` writes nothing. ``apply`` plans again
inside its own transaction, so that what is done rests on what is known then, and refuses if that is not what was shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256

from passport_service.domain.calendar import business_date, start_of_day
from passport_service.domain.errors import Refused
from passport_service.domain.people_columns import Fault, PersonLine
from passport_service.domain.people_file import read_people
from passport_service.services import dossiers, people, setup
from passport_service.store import ledger
from passport_service.store import workforce_queries as queries
from passport_service.store.database import Store
from passport_service.store.queries import Person
from passport_service.store.workforce_queries import Kept
from passport_service.xapi.actor import key_of

NEEDED = ("name", "role")
MOST_FAULTS = 200
FAR = timedelta(days=366)


@dataclass(slots=True)
class Step:
    """What one line would do. ``changes`` are (attribute, from, to) for somebody known; ``more`` are further facts."""

    line: PersonLine
    stream: str | None
    changes: list[tuple[str, object, object]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    checked_on: date | None = None
    left_on: date | None = None
    left_before: date | None = None
    returns: bool = False
    absence: tuple[date, date] | None = None

    @property
    def is_new(self) -> bool:
        return self.stream is None

    @property
    def more(self) -> list[str]:
        """The facts beside attributes, in words."""
        found = [f"link {one.replace('|', ' ')}" for one in self.keys]
        if self.checked_on:
            found.append(f"register read on {self.checked_on.isoformat()}")
        if self.absence:
            found.append(f"away {self.absence[0].isoformat()} to {self.absence[1].isoformat()}")
        if self.left_on:
            found.append(f"leaves on {self.left_on.isoformat()}")
        return found + (["is back"] if self.returns else [])

    @property
    def does(self) -> str:
        """``new``, ``change`` or ``nothing``."""
        if self.is_new:
            return "new"
        return "change" if self.changes or self.more else "nothing"


@dataclass(slots=True)
class Plan:
    """What a file would do; only one without ``faults`` can be applied. ``digest`` says whether two plans are the same."""

    steps: list[Step]
    faults: list[Fault]

    def count(self, does: str) -> int:
        return sum(one.does == does for one in self.steps)

    @property
    def digest(self) -> str:
        text = "\n".join(f"{one.line.ref}|{one.does}|{one.changes}|{one.more}" for one in self.steps)
        return sha256(text.encode()).hexdigest()


def plan(store: Store, body: bytes, *, now: datetime) -> Plan:
    """What the file would do to the people here; nothing is written."""
    lines, faults = read_people(body)
    if not lines:
        return Plan([], faults[:MOST_FAULTS])
    with store.reading():
        known = {one.ref: one for one in queries.everybody(store)}
        concerned = [known[one.ref].stream for one in lines if one.ref in known]
        kept = queries.kept_of(store, concerned)
        holders = queries.holders_of(store, sorted({key for one in lines for key in keys_of(one)}))
    today = business_date(now)
    for one in lines:
        faults += _line_faults(one, known.get(one.ref), holders, today)
    faults += _manager_faults(lines, known)
    steps = [_step(one, known.get(one.ref), kept, holders) for one in lines]
    return Plan(steps, sorted(faults, key=lambda one: one.line)[:MOST_FAULTS])


def apply(store: Store, body: bytes, *, now: datetime, caused_by: str, digest: str | None = None) -> Plan:
    """Do what the file says, all of it or nothing. Raises Refused MALFORMED for a file with faults, and CHANGED_SINCE when
    ``digest`` is given and the plan is another by now.
    """
    with store.writing(now):
        ledger.alone(store)
        if not setup.is_set_up(store):
            raise Refused("NOT_ALLOWED", "This council is not set up yet: run `passport setup` first.")
        found = plan(store, body, now=now)
        if found.faults:
            first = found.faults[0]
            raise Refused("MALFORMED", f"Line {first.line}: {first.message}", first.column)
        if digest is not None and digest != found.digest:
            raise Refused(
                "CHANGED_SINCE", "Something has changed here since the file was checked. Look at it again."
            )
        for one in found.steps:
            _do(store, one, now, caused_by)
    return found


def keys_of(line: PersonLine) -> list[str]:
    """The identifiers that a line claims for its person."""
    keys = [key_of({"account": {"homePage": home, "name": name}}) or "" for home, name in line.accounts]
    if line.email_identifies and line.attributes.get("email"):
        keys.append(key_of({"mbox": f"mailto:{line.attributes['email']}"}) or "")
    return keys


def _step(
    line: PersonLine, person: Person | None, kept: Mapping[str, Kept], holders: Mapping[str, str]
) -> Step:
    step = Step(line, person.stream if person else None)
    own = kept.get(person.stream, Kept()) if person else Kept()
    known = {name: getattr(person, name, None) for name in line.attributes} if person else {}
    step.changes = [
        (name, known.get(name), to) for name, to in line.attributes.items() if known.get(name) != to
    ]
    step.keys = [one for one in keys_of(line) if holders.get(one) != step.stream or step.is_new]
    if line.checked_on and (own.checked_at is None or business_date(own.checked_at) < line.checked_on):
        step.checked_on = line.checked_on
    if line.absence and line.absence not in own.absences:
        step.absence = line.absence
    step.left_before = person.left_on if person else None
    if line.left_on and line.left_on != step.left_before:
        step.left_on = line.left_on
    step.returns = line.returns and step.left_before is not None
    return step


def _line_faults(
    line: PersonLine, person: Person | None, holders: Mapping[str, str], today: date
) -> list[Fault]:
    faults = []
    if person is None:
        faults += [
            Fault(line.line, one, f"{line.ref} is new, so this is needed.")
            for one in NEEDED
            if not line.attributes.get(one)
        ]
    elif person.merged_into:
        faults.append(
            Fault(line.line, "reference", "This record was merged into another; use that one's reference.")
        )
    if line.checked_on and line.checked_on > today:
        faults.append(Fault(line.line, "registration_checked_on", "This day is in the future."))
    if line.left_on and line.left_on > today + FAR:
        faults.append(Fault(line.line, "left_on", "This day is more than a year ahead."))
    if line.absence and (line.absence[1] - line.absence[0]).days > people.MOST_DAYS_AWAY:
        faults.append(
            Fault(line.line, "absent_until", "An absence is three years at most; record a leaver instead.")
        )
    for key in keys_of(line):
        holder = holders.get(key)
        if holder is not None and (person is None or holder != person.stream):
            column = "email_identifies" if key.startswith("mbox|") else "accounts"
            message = "This identifier is somebody else's here. Link it on that person's page, from a day on."
            faults.append(Fault(line.line, column, message))
    return faults


def _manager_faults(lines: list[PersonLine], known: Mapping[str, Person]) -> list[Fault]:
    """Managers who are nowhere, and circles of managers once the file is applied."""
    manager_of: dict[str, str] = {ref: one.manager for ref, one in known.items() if one.manager}
    stated = {one.ref: one for one in lines if "manager" in one.attributes}
    for one in stated.values():
        manager = one.attributes["manager"]
        if manager is None:
            manager_of.pop(one.ref, None)
        else:
            manager_of[one.ref] = manager
    here = {*known, *(one.ref for one in lines)}
    faults = []
    for one in stated.values():
        manager = one.attributes["manager"]
        if manager is not None and manager not in here:
            faults.append(
                Fault(one.line, "manager", f"Nobody has the reference {manager}, here or in the file.")
            )
        elif manager is not None and _leads_back(one.ref, manager_of):
            faults.append(Fault(one.line, "manager", f"{one.ref} would be, step by step, their own manager."))
    return faults


def _leads_back(ref: str, manager_of: Mapping[str, str]) -> bool:
    seen, at = {ref}, manager_of.get(ref)
    while at is not None and at not in seen:
        seen.add(at)
        at = manager_of.get(at)
    return at == ref


def _do(store: Store, step: Step, now: datetime, caused_by: str) -> None:
    line, stream = step.line, step.stream
    changes = {name: to for name, _, to in step.changes}
    if stream is None:
        known = {name: to for name, to in changes.items() if to is not None}
        stream = people.register(store, ref=line.ref, attributes=known, now=now, caused_by=caused_by)
    elif changes:
        people.change(store, stream, changes, now=now, caused_by=caused_by)
    if step.checked_on:
        checked_at = min(now, start_of_day(step.checked_on))
        people.register_was_read(store, stream, checked_at=checked_at, now=now, caused_by=caused_by)
    if step.absence:
        first, last = step.absence
        people.record_absence(store, stream, from_on=first, until_on=last, now=now, caused_by=caused_by)
    for key in step.keys:
        people.link(store, stream, key, now=now, caused_by=caused_by, why="people file")
    _leave_or_return(store, step, stream, now, caused_by)


def _leave_or_return(store: Store, step: Step, stream: str, now: datetime, caused_by: str) -> None:
    if step.returns and step.left_before:
        _no_longer_left(store, stream, start_of_day(step.left_before), None, now, caused_by)
    if step.left_on is None:
        return
    if (
        step.left_before and step.left_before < step.left_on
    ):  # later than first said: the earlier day no longer holds
        until = start_of_day(step.left_on)
        _no_longer_left(store, stream, start_of_day(step.left_before), until, now, caused_by)
    people.leave(store, stream, on=step.left_on, now=now, caused_by=caused_by)


def _no_longer_left(
    store: Store, stream: str, since: datetime, until: datetime | None, now: datetime, caused_by: str
) -> None:
    """Each leaving said for these moments is taken back: one in the past from now on, one to come as if never said."""
    said = dossiers.load(store, stream).attributes.values.get("left", ())
    moments = {max(at, now) if until is None else at for at, _, left in said if left and at >= since}
    for moment in sorted(one for one in moments if until is None or one < until):
        people.change(store, stream, {"left": False}, now=now, caused_by=caused_by, effective_at=moment)
