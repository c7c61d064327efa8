"""Playing the county's diary through the real services, day by day, with the clock moved."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random

import orjson

from passport_service.demo import county
from passport_service.demo.actions import decide, look_around
from passport_service.demo.diary import write, write_loose_ends
from passport_service.demo.plan import DAYS, lives
from passport_service.demo.playing import BY, SATURDAY, Action, Play, hour_of
from passport_service.domain.errors import Refused
from passport_service.services import draws, ledgers, passports, people, setup, statements
from passport_service.services.keys import Key
from passport_service.store import heads, lookups
from passport_service.store.database import Store

SEED = 20_240_917
BATCH = 50


def play(
    store: Store,
    *,
    key: Key,
    draw_key: bytes,
    today: date,
    progress: Callable[[int, int], None],
    days: int = DAYS,
) -> Play:
    """Make the county's two years up to yesterday, or their first ``days``; ``progress`` hears (days done, days).

    The store must be migrated, and this process must know its recognisers (``learning.use``).
    """
    random = Random(SEED)
    start = today - timedelta(days=DAYS)
    playing = Play(store, key, draw_key, start, random)
    playing.everybody = county.people(random)
    _found(playing, playing.everybody)
    playing.lives = lives(playing.everybody, random, start)
    for life in playing.lives:
        write(playing, life)
    write_loose_ends(playing)
    for day in range(days):
        _live_through(playing, day)
        progress(day + 1, days)
    ledgers.seal(store, now=hour_of(playing, days - 1, 23))
    return playing


def _found(playing: Play, everybody: list[county.Person]) -> None:
    """The council is set up and everybody taken on, a month before the history begins."""
    now = hour_of(playing, -30, 9)
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


def _live_through(playing: Play, day: int) -> None:
    """One day: what time brought, Monday's draw, then the diary in order of the hours; committed once."""
    dawn = hour_of(playing, day, 0, 5)
    with playing.store.writing(dawn):
        heads.alone(
            playing.store
        )  # some of a day's steps change how everybody is read, and the day is one transaction
        if lookups.due_for_review(dawn, 1):
            playing.call(passports.sweep, now=dawn)
        if (playing.start + timedelta(days=day)).weekday() == 0 or day == 0:
            _draw(playing, day)
        for hour, order, action in iter_diary(playing, day):
            action(playing, hour_of(playing, day, hour, order % 60))
        if (playing.start + timedelta(days=day)).weekday() < SATURDAY or day in (0, DAYS - 1):
            look_around(playing, hour_of(playing, day, 17))
            _push(playing, hour_of(playing, day, 19))


def iter_diary(playing: Play, day: int) -> list[tuple[int, int, Action]]:
    """The entries of a day by hour; within the hour in the order written."""
    return sorted(playing.diary.pop(day, []), key=lambda one: (one[0], one[1] % 60, one[1]))


def _draw(playing: Play, day: int) -> None:
    now = hour_of(playing, day, 6)
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
    playing.on(day + playing.random.randint(2, 9), 14, lambda p, now: decide(p, item, outcome, now))


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
