"""Playing the county's diary through the real services, day by day, with the clock moved."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from passport_service.demo import county
from passport_service.demo.plan import CASE_TYPES, DAYS, FIRST_CONCERN, SECOND_CONCERN, Fate, Life, lives
from passport_service.domain.calendar import start_of_day
from passport_service.domain.errors import Refused
from passport_service.services import (
    concerns,
    decisions,
    dossiers,
    draws,
    items,
    ledgers,
    passports,
    people,
    policies,
    setup,
    statements,
)
from passport_service.services.keys import Key
from passport_service.store import lookups
from passport_service.store.database import Store

SEED = 20_240_917
BY = "demo"
BATCH = 50
VERB = "http://adlnet.gov/expapi/verbs/"
COURSE_TYPE = "https://w3id.org/xapi/cmi5/activitytype/course"
Action = Callable[["Play", datetime], None]


@dataclass(slots=True)
class Play:
    """The state of the playing: who is who, what is still to come, how often a service was called."""

    store: Store
    key: Key
    draw_key: bytes
    start: date
    random: Random
    streams: dict[str, str] = field(default_factory=dict)
    diary: dict[int, list[tuple[int, int, Action]]] = field(default_factory=lambda: defaultdict(list))
    outgoing: list[dict[str, Any]] = field(default_factory=list)
    reviewers: list[str] = field(default_factory=list)
    leads: list[str] = field(default_factory=list)
    calls: int = 0
    order: int = 0
    items: int = 0
    everybody: list[county.Person] = field(default_factory=list)
    lives: list[Life] = field(default_factory=list)

    def on(self, day: int, hour: int, action: Action) -> None:
        """Write something into the diary; days before the history happen on its first day, later ones never."""
        if day < DAYS:
            self.order += 1
            self.diary[max(day, 0)].append((hour, self.order, action))

    def call(self, use_case: Callable[..., Any], *args: Any, **given: Any) -> Any:
        """Call a service, counted."""
        self.calls += 1
        return use_case(self.store, *args, **given)

    def new_item(self) -> str:
        self.items += 1
        return f"HC-{200_000 + self.items}"


def play(
    store: Store, *, key: Key, draw_key: bytes, today: date, progress: Callable[[int, int], None]
) -> Play:
    """Make the county's two years up to yesterday; ``progress`` hears (days done, days). The store must be migrated."""
    random = Random(SEED)
    start = today - timedelta(days=DAYS)
    playing = Play(store, key, draw_key, start, random)
    playing.everybody = county.people(random)
    _found(playing, playing.everybody)
    playing.lives = lives(playing.everybody, random, start)
    for life in playing.lives:
        _write(playing, life)
    _write_loose_ends(playing)
    for day in range(DAYS):
        _live_through(playing, day)
        progress(day + 1, DAYS)
    ledgers.seal(store, now=_at(playing, DAYS - 1, 23))
    return playing


def _at(playing: Play, day: int, hour: int, minute: int = 0) -> datetime:
    """Local hour of a day of the history; a superset of the clock is enough for a demonstration."""
    return start_of_day(playing.start + timedelta(days=day)) + timedelta(hours=hour, minutes=minute)


def _found(playing: Play, everybody: list[county.Person]) -> None:
    """The council is set up and everybody taken on, a month before the history begins."""
    now = _at(playing, -30, 9)
    with playing.store.writing(now):
        activities = {slug: [f"course:{slug}", county.course_id(slug)] for slug in county.COURSES}
        playing.call(setup.set_up, now=now, activities=activities)
        for one in everybody:
            attributes = {
                "name": one.name,
                "email": one.email,
                "role": one.role,
                "team": one.team,
                "locality": one.locality,
                "manager": one.manager,
                "newly_qualified": one.newly_qualified,
                "agency": one.agency,
            }
            stream = playing.call(people.register, ref=one.ref, attributes=attributes, now=now, caused_by=BY)
            playing.streams[one.ref] = stream
            if one.ref.startswith("PR"):
                account = f"account|{county.LMS}|{one.number}"
                playing.call(people.link, stream, account, now=now, caused_by=BY)
    playing.reviewers = [playing.streams[one.ref] for one in everybody if one.role == "ccv_reviewer"]
    playing.leads = [playing.streams[one.ref] for one in everybody if one.role == "ccv_lead"]


def _write(playing: Play, life: Life) -> None:
    stream = playing.streams[life.person.ref]
    for day, slug in life.trained:
        _write_training(playing, life, day, slug)
    day = life.approvals_from
    outcomes = ["returned"] if life.returned_first else []
    outcomes += ["approved_with_comments" if playing.random.random() < 0.2 else "approved"] * life.approvals
    for outcome in outcomes:
        _write_item(playing, stream, day, outcome)
        day += playing.random.randint(6, 16)
    if life.fate is Fate.NEARLY:
        playing.on(DAYS - 1, 10, lambda p, now: _submit(p, stream, p.new_item(), 0, now))
    for day in life.confirms:
        kind = playing.random.randrange(len(CASE_TYPES))
        playing.on(day, 15, lambda p, now, kind=kind: _confirm(p, stream, kind, now))
    _write_fate(playing, life, stream)


def _write_training(playing: Play, life: Life, day: int, slug: str) -> None:
    at = _at(playing, day, 11, playing.random.randrange(60))
    statement = completion(life.person, slug, at)
    if life.fate is Fate.VOIDED:
        statement["id"] = str(uuid5(NAMESPACE_URL, f"{life.person.ref} {slug} {day}"))
    playing.on(day, 12, lambda p, now: p.outgoing.append(statement))


def completion(person: county.Person, slug: str, at: datetime, verb: str = "completed") -> dict[str, Any]:
    """A course completion as the county's Moodle sends it."""
    number, title = county.COURSES[slug]
    return {
        "actor": {"name": person.name, "account": {"homePage": county.LMS, "name": str(person.number)}},
        "verb": {"id": f"{VERB}{verb}", "display": {"en": verb.capitalize()}},
        "object": {
            "objectType": "Activity",
            "id": f"{county.LMS}/course/view.php?id={number}",
            "definition": {"type": COURSE_TYPE, "name": {"en": title}},
        },
        "timestamp": at.astimezone(UTC).isoformat(timespec="seconds"),
        "context": {"language": "en", "contextActivities": {"category": [{"id": county.LMS}]}},
    }


def _write_item(playing: Play, stream: str, day: int, outcome: str) -> None:
    """An item to CCV, decided a day or two later; one that was sent back comes again and is approved."""
    item = playing.new_item()
    kind = playing.random.randrange(3)
    playing.on(day, 10, lambda p, now: _submit(p, stream, item, kind, now))
    playing.on(day + playing.random.randint(1, 2), 14, lambda p, now: _decide(p, item, outcome, now))
    if outcome == "returned":
        playing.on(day + 4, 10, lambda p, now: _submit(p, stream, item, kind, now))
        playing.on(day + 5, 14, lambda p, now: _decide(p, item, "approved", now))


def _submit(playing: Play, stream: str, item: str, kind: int, now: datetime) -> None:
    name, case_type = CASE_TYPES[kind]
    playing.call(items.submit, stream, item=item, kind=name, type=case_type, now=now, caused_by=BY)


WORDS = {
    "approved": "Clear and well evidenced. Thank you.",
    "approved_with_comments": "A strong piece of work. Say next time how the carer's own view was sought.",
    "returned": "One page says the son does the shopping and another that he is in hospital. Which is right?",
    "concern": "The decision about capacity is asserted and not shown. Let us talk it through.",
    "not_reviewable": "The record is locked.",
}


def _decide(playing: Play, item: str, outcome: str, now: datetime) -> None:
    reviewer = playing.random.choice(playing.reviewers)
    playing.call(
        decisions.record,
        item=item,
        outcome=outcome,
        reviewer=reviewer,
        reason=WORDS[outcome],
        now=now,
        caused_by=BY,
    )


def _confirm(playing: Play, stream: str, kind: int, now: datetime) -> None:
    """A holder asks, and confirms if they may; otherwise the item goes to CCV like anybody's."""
    name, case_type = CASE_TYPES[kind]
    check = f"demo-{playing.order}-{playing.calls}"
    found = playing.call(items.check, stream, kind=name, type=case_type, id=check, now=now, caused_by=BY)
    item = playing.new_item()
    if found.route == "self_confirm":
        playing.call(items.confirm, check=check, item=item, now=now, caused_by=BY)
        return
    playing.call(items.submit, stream, item=item, kind=name, type=case_type, now=now, caused_by=BY)
    day = (now.date() - playing.start).days
    playing.on(day + 2, 14, lambda p, at: _decide(p, item, "approved", at))


def _write_fate(playing: Play, life: Life, stream: str) -> None:
    first, second = life.approvals_from + FIRST_CONCERN, life.approvals_from + SECOND_CONCERN
    match life.fate:
        case Fate.REVOKED | Fate.EARNED_AGAIN | Fate.OVERTURNED:
            for number, day in enumerate((first, second)):
                playing.on(
                    day, 16, lambda p, now, number=number: _concern(p, life, stream, number, "standard", now)
                )
            if life.fate is Fate.EARNED_AGAIN:
                for number in range(3):
                    _write_item(playing, stream, second + 20 + 12 * number, "approved")
            if life.fate is Fate.OVERTURNED:
                playing.on(second + 30, 16, lambda p, now: _overturn(p, life, now))
        case Fate.SERIOUS:
            playing.on(DAYS - 4, 16, lambda p, now: _concern(p, life, stream, 0, "serious", now))
        case Fate.UPHELD:
            playing.on(first + 250, 16, lambda p, now: _concern(p, life, stream, 0, "serious", now))
            playing.on(first + 254, 16, lambda p, now: _uphold(p, life, now))
        case Fate.LEAVER:
            day = playing.random.randint(300, DAYS - 10)
            playing.on(day, 16, lambda p, now: _change(p, stream, now, left=True))
        case Fate.ROLE:
            playing.on(600, 16, lambda p, now: _change(p, stream, now, role="support_worker"))
        case Fate.ELIGIBILITY:
            playing.on(DAYS - 15, 16, lambda p, now: _change(p, stream, now, registration="unknown"))
        case _:
            _write_rare_fate(playing, life, stream)


def _write_rare_fate(playing: Play, life: Life, stream: str) -> None:
    match life.fate:
        case Fate.VOIDED:
            day, slug = max(one for one in life.trained if one[1] == "mca" and one[0] < DAYS - 30)
            playing.on(DAYS - 25, 16, lambda p, now: _void(p, life, day, slug, now))
        case Fate.BASIS:
            playing.on(DAYS - 3, 16, lambda p, now: _spoil_basis(p, stream, now))
        case Fate.CANCELLED:
            playing.on(600, 16, lambda p, now: _spoil_basis(p, stream, now))
            playing.on(603, 16, lambda p, now: _cancel(p, stream, 0, now))
            playing.on(604, 16, lambda p, now: _cancel(p, stream, 1, now))
        case Fate.PRECAUTION:
            playing.on(
                DAYS - 9,
                16,
                lambda p, now: p.call(
                    passports.take_precaution,
                    stream,
                    by=p.leads[0],
                    reason="While a complaint is looked into.",
                    now=now,
                    caused_by=BY,
                ),
            )
        case Fate.AWAY:
            gone = min(day for day, slug in life.trained if slug == "mca" and day > 0) - 300
            playing.on(
                gone,
                9,
                lambda p, now: p.call(
                    people.record_absence,
                    stream,
                    from_on=now.date(),
                    until_on=now.date() + timedelta(days=295),
                    now=now,
                    caused_by=BY,
                ),
            )
        case _:
            pass


def _concern(playing: Play, life: Life, stream: str, number: int, severity: str, now: datetime) -> None:
    playing.call(
        concerns.record,
        stream,
        id=f"AUD-{life.person.number}-{number}",
        item=f"AUD-{life.person.number}-{number}",
        severity=severity,
        source="audit",
        reader=playing.reviewers[number],
        reason=WORDS["concern"],
        category="capacity",
        occurred_on=now.date() - timedelta(days=4),
        now=now,
        caused_by=BY,
    )


def _overturn(playing: Play, life: Life, now: datetime) -> None:
    playing.call(
        concerns.overturn,
        f"AUD-{life.person.number}-0",
        by=playing.leads[0],
        now=now,
        caused_by=BY,
        reason="The assessment of capacity was on file; the reader had not been given it.",
    )


def _uphold(playing: Play, life: Life, now: datetime) -> None:
    playing.call(
        concerns.answer_concern,
        f"AUD-{life.person.number}-0",
        by=playing.leads[0],
        outcome="upheld",
        now=now,
        caused_by=BY,
        reason="Both readers saw the same omission, and the practitioner agrees.",
    )


def _change(playing: Play, stream: str, now: datetime, **changes: Any) -> None:
    playing.call(people.change, stream, changes, now=now, caused_by=BY)


def _void(playing: Play, life: Life, day: int, slug: str, now: datetime) -> None:
    """The learning system takes one statement back."""
    target = str(uuid5(NAMESPACE_URL, f"{life.person.ref} {slug} {day}"))
    playing.outgoing.append(
        {
            "actor": {"account": {"homePage": county.LMS, "name": "2"}},
            "verb": {"id": f"{VERB}voided", "display": {"en": "Voided"}},
            "object": {"objectType": "StatementRef", "id": target},
            "timestamp": now.astimezone(UTC).isoformat(timespec="seconds"),
        }
    )


def _spoil_basis(playing: Play, stream: str, now: datetime) -> None:
    """A decision that a passport was issued on is corrected."""
    dossier = dossiers.load(playing.store, stream)
    if dossier.live is None:
        return
    item = dossier.decisions[dossier.live.approvals[1]].item
    playing.call(
        decisions.correct,
        item=item,
        outcome="returned",
        reviewer=playing.leads[1],
        now=now,
        caused_by=BY,
        reason="The approval was recorded against the wrong item.",
    )


def _cancel(playing: Play, stream: str, lead: int, now: datetime) -> None:
    if dossiers.load(playing.store, stream).live is None:
        return
    playing.call(
        concerns.answer_notice,
        stream,
        "ISSUE_BASIS_CHANGED",
        by=playing.leads[lead],
        outcome="upheld",
        now=now,
        caused_by=BY,
        reason=f"The run was two and not three. Looked at by reader {lead + 1}.",
    )


def _write_loose_ends(playing: Play) -> None:
    """What arrives that nobody can place, and a change of policy."""
    stranger = county.Person("X", "Visitor", "", "", "", None, 990)
    for slug in ("mca", "basic_ot"):
        at = _at(playing, DAYS - 12, 11)
        playing.on(
            DAYS - 12, 12, lambda p, now, slug=slug, at=at: p.outgoing.append(completion(stranger, slug, at))
        )
    for number, (kind, title) in enumerate(LOOSE):
        playing.on(DAYS - 20 + number, 12, lambda p, now, n=number, k=kind, t=title: _loose(p, n, k, t, now))
    playing.on(
        370,
        9,
        lambda p, now: p.call(
            policies.publish,
            {"moderation.due_wd": 8},
            effective_from=now + timedelta(days=14),
            author="WD1617",
            approver="CL1600",
            note="Moderations are due two days earlier.",
            now=now,
        ),
    )


MODULE = "http://id.tincanapi.com/activitytype/lms/module"
LOOSE = (
    (COURSE_TYPE, "Autism awareness"),
    (COURSE_TYPE, "Mental Capacity Act refresher"),
    (COURSE_TYPE, "Trauma informed practice"),
    (MODULE, "Quiz: safeguarding adults"),
    (MODULE, "Page: reading list"),
)


def _loose(playing: Play, number: int, kind: str, title: str, now: datetime) -> None:
    for who in list(playing.streams)[30 : 36 + number]:
        person = county.Person(who, "", "", "", "", None, int(who[2:]))
        statement = completion(person, "mca", now)
        path = "course/view.php" if kind == COURSE_TYPE else "mod/quiz/view.php"
        statement["object"] = {
            "objectType": "Activity",
            "id": f"{county.LMS}/{path}?id={300 + number}",
            "definition": {"type": kind, "name": {"en": title}},
        }
        playing.outgoing.append(statement)


def _live_through(playing: Play, day: int) -> None:
    """One day: what time brought, Monday's draw, then the diary in order of the hours; committed once."""
    dawn = _at(playing, day, 0, 5)
    with playing.store.writing(dawn):
        if lookups.due_for_review(dawn, 1):
            playing.call(passports.sweep, now=dawn)
        if (playing.start + timedelta(days=day)).weekday() == 0 or day == 0:
            _draw(playing, day)
        for hour, order, action in iter_diary(playing, day):
            action(playing, _at(playing, day, hour, order % 60))
        if (playing.start + timedelta(days=day)).weekday() in (1, 4) or day in (0, DAYS - 1):
            _push(playing, _at(playing, day, 19))


def iter_diary(playing: Play, day: int) -> list[tuple[int, int, Action]]:
    """The entries of a day by hour; within the hour in the order written."""
    return sorted(playing.diary.pop(day, []), key=lambda one: (one[0], one[1] % 60, one[1]))


def _draw(playing: Play, day: int) -> None:
    now = _at(playing, day, 6)
    done = playing.call(draws.run_due, now=now, key=playing.draw_key)
    for receipts in done:
        for receipt in receipts:
            for pick in (*receipt["picks"], *receipt["other_picks"]):
                _write_moderation(playing, day, pick["item"])


def _write_moderation(playing: Play, day: int, item: str) -> None:
    share = playing.random.random()
    outcome = "approved" if share < 0.8 else "approved_with_comments" if share < 0.92 else "returned"
    if share > 0.985:
        outcome = "concern"
    playing.on(day + playing.random.randint(2, 9), 14, lambda p, now: _decide(p, item, outcome, now))


def _push(playing: Play, now: datetime) -> None:
    """The learning system's nightly task: what it has, in batches."""
    waiting, playing.outgoing = playing.outgoing, []
    waiting.sort(key=lambda one: one["timestamp"])
    for place in range(0, len(waiting), BATCH):
        body = orjson.dumps(waiting[place : place + BATCH])
        try:
            playing.call(statements.accept, key=playing.key, body=body, now=now)
        except Refused as refusal:  # pragma: no cover - a fault of the demonstration itself
            raise RuntimeError(f"the demonstration was refused: {refusal}") from refusal
