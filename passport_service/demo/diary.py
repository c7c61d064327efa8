"""Writing each life into the diary: which action on which day, at which hour."""

from datetime import timedelta
from functools import partial
from uuid import NAMESPACE_URL, uuid5

from passport_service.demo import county
from passport_service.demo.actions import (
    COURSE_TYPE,
    arrive_loose,
    arrives,
    cancel,
    change,
    completion,
    confirm,
    decide,
    overturn,
    raise_concern,
    reinstate,
    spoil_basis,
    submit,
    uphold,
    void_training,
)
from passport_service.demo.plan import CASE_TYPES, DAYS, FIRST_CONCERN, SECOND_CONCERN, Fate, Life
from passport_service.demo.playing import BY, Play, hour_of
from passport_service.services import passports, people, policies

MODULE = "http://id.tincanapi.com/activitytype/lms/module"
LOOSE = (
    (COURSE_TYPE, "Autism awareness"),
    (COURSE_TYPE, "Mental Capacity Act refresher"),
    (COURSE_TYPE, "Trauma informed practice"),
    (MODULE, "Quiz: safeguarding adults"),
    (MODULE, "Page: reading list"),
)


def write(playing: Play, life: Life) -> None:
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
        playing.on(DAYS - 4, 10, lambda p, now: submit(p, stream, p.new_item(), 0, now))
    for day in life.confirms:
        kind = playing.random.randrange(len(CASE_TYPES))
        playing.on(day, 15, partial(confirm, stream=stream, kind=kind))
    _write_fate(playing, life, stream)


def _write_training(playing: Play, life: Life, day: int, slug: str) -> None:
    at = hour_of(playing, day, 11, playing.random.randrange(60))
    statement = completion(life.person, slug, at)
    if life.fate is Fate.VOIDED:
        statement["id"] = str(uuid5(NAMESPACE_URL, f"{life.person.ref} {slug} {day}"))
    playing.on(day, 12, lambda p, now: p.outgoing.append(statement))


def _write_item(playing: Play, stream: str, day: int, outcome: str) -> None:
    """An item to CCV, decided a day or two later; one that was sent back comes again and is approved."""
    item = playing.new_item()
    kind = playing.random.randrange(3)
    playing.on(day, 10, lambda p, now: submit(p, stream, item, kind, now))
    playing.on(day + playing.random.randint(1, 2), 14, lambda p, now: decide(p, item, outcome, now))
    if outcome == "returned":
        playing.on(day + 7, 10, lambda p, now: submit(p, stream, item, kind, now))
        playing.on(day + 9, 14, lambda p, now: decide(p, item, "approved", now))


def _write_fate(playing: Play, life: Life, stream: str) -> None:
    first, second = life.approvals_from + FIRST_CONCERN, life.approvals_from + SECOND_CONCERN
    match life.fate:
        case Fate.REVOKED | Fate.EARNED_AGAIN | Fate.OVERTURNED | Fate.LOOKED_AT:
            for number, day in enumerate((first, second)):
                playing.on(
                    day,
                    16,
                    partial(raise_concern, life=life, stream=stream, number=number, severity="standard"),
                )
            if life.fate is Fate.EARNED_AGAIN:
                for number in range(3):
                    _write_item(playing, stream, second + 20 + 12 * number, "approved")
            if life.fate is Fate.OVERTURNED:
                playing.on(second + 30, 16, lambda p, now: overturn(p, life, now))
                playing.on(second + 33, 16, lambda p, now: reinstate(p, stream, now))
            if life.fate is Fate.LOOKED_AT:
                playing.on(DAYS - 5, 16, lambda p, now: overturn(p, life, now))
        case Fate.SERIOUS:
            playing.on(
                DAYS - 4, 16, partial(raise_concern, life=life, stream=stream, number=0, severity="serious")
            )
        case Fate.UPHELD:
            playing.on(
                first + 250,
                16,
                partial(raise_concern, life=life, stream=stream, number=0, severity="serious"),
            )
            playing.on(first + 254, 16, lambda p, now: uphold(p, life, now))
        case Fate.LEAVER:
            day = playing.random.randint(300, DAYS - 10)
            playing.on(day, 16, lambda p, now: change(p, stream, now, left=True))
        case Fate.ROLE:
            playing.on(600, 16, lambda p, now: change(p, stream, now, role="support_worker"))
        case Fate.ELIGIBILITY:
            playing.on(DAYS - 15, 16, lambda p, now: change(p, stream, now, registration="unknown"))
        case _:
            _write_rare_fate(playing, life, stream)


def _write_rare_fate(playing: Play, life: Life, stream: str) -> None:
    match life.fate:
        case Fate.VOIDED:
            day, slug = max(one for one in life.trained if one[1] == "mca" and one[0] < DAYS - 30)
            playing.on(DAYS - 25, 16, lambda p, now: void_training(p, life, day, slug, now))
        case Fate.BASIS:
            playing.on(DAYS - 3, 16, lambda p, now: spoil_basis(p, stream, now))
        case Fate.CANCELLED:
            playing.on(600, 16, lambda p, now: spoil_basis(p, stream, now))
            playing.on(603, 16, lambda p, now: cancel(p, stream, 0, now))
            playing.on(604, 16, lambda p, now: cancel(p, stream, 1, now))
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


def write_loose_ends(playing: Play) -> None:
    """What arrives that nobody can place, and a change of policy."""
    stranger = county.Person("X", "Visitor", "", "", "", None, 990)
    for slug in ("mca", "basic_ot"):
        at = hour_of(playing, DAYS - 12, 11)
        playing.on(DAYS - 12, 12, partial(arrives, statement=completion(stranger, slug, at)))
    for number, (kind, title) in enumerate(LOOSE):
        playing.on(DAYS - 20 + number, 12, partial(arrive_loose, number=number, kind=kind, title=title))
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
