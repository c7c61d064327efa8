"""What each question of a story is answered with: plain values by the names of the answers."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from passport_service.domain.calendar import band, business_date
from passport_service.domain.criteria import current_streak
from passport_service.domain.holdings import standing_of
from passport_service.scenarios.concern_steps import concern_named
from passport_service.scenarios.story import Malformed, Question
from passport_service.scenarios.world import World
from passport_service.services import councils, dossiers, draws, items, passports
from passport_service.store import lookups, recognitions

Asked = Mapping[str, Any]
Answers = dict[str, Any]


def answer(world: World, question: Question) -> Answers:
    """Every answer to a question at the story's now, whether or not it is expected."""
    return QUESTIONS[question.word](world, question.asked)


def _passport(world: World, asked: Asked) -> Answers:
    found = passports.standpoint(
        world.store,
        world.person(asked["of"]),
        now=world.now,
        as_of=asked.get("as_of"),
        known_at=asked.get("known_at"),
    )
    passport = found.passport
    return {
        "state": found.state.value,
        "reasons": list(found.reasons),
        "number": passport.number if passport else None,
        "since": passport.since if passport else None,
        "earned_on": passport.earned_on if passport else None,
    }


def _requirement(world: World, asked: Asked) -> Answers:
    known = passports.knowledge(
        world.store, world.person(asked["of"]), now=world.now, known_at=asked.get("known_at")
    )
    on = asked.get("on") or business_date(world.now)
    found = standing_of(
        known.dossier, known.council.catalogue, asked["name"], on, known.dossier.role_at(world.now)
    )
    return {"state": found.state.value, "expires_on": found.expires_on}


def _streak(world: World, asked: Asked) -> Answers:
    found = passports.standpoint(world.store, world.person(asked["of"]), now=world.now)
    run = current_streak(found.dossier, found.council, world.now)
    return {"run": run.run, "condition_met": run.condition_met, "reasons": list(run.reasons)}


def _can_confirm(world: World, asked: Asked) -> Answers:
    found = passports.standpoint(
        world.store,
        world.person(asked["who"]),
        now=world.now,
        as_of=asked.get("as_of"),
        known_at=asked.get("known_at"),
    ).route(asked["type"].split(items.SEVERAL))
    return {"route": str(found.route), "reasons": list(found.reasons)}


def _concerns(world: World, asked: Asked) -> Answers:
    dossier = dossiers.load(world.store, world.person(asked["of"]))
    counted = [one.item for one in sorted(dossier.concerns.values(), key=lambda one: one.seq) if one.counts]
    return {"counted": list(dict.fromkeys(counted))}


def _concern(world: World, asked: Asked) -> Answers:
    concern = concern_named(world, asked["of"])
    stream = lookups.find_concern_owner(concern)
    found = dossiers.load(world.store, stream or "").concerns[concern]
    return {"status": found.status.value, "decide_by": found.decide_by}


def _draw(world: World, _: Asked) -> Answers:
    """The last draw over all its strata; the pool hash of several strata is that of their pools joined."""
    last = draws.last_draw(world.store)
    if last is None:
        return dict.fromkeys(("pool", "pool_hash", "quota", "carry", "picks"))
    receipts = last["receipts"]
    pool = sorted(item for one in receipts for item in one["pool"])
    return {
        "pool": len(pool),
        "pool_hash": sha256("\n".join(pool).encode()).hexdigest(),
        "quota": sum(one["quota"] for one in receipts),
        "carry": sum(one["carry_after"] for one in receipts),
        "picks": [
            item
            for _, item in sorted((pick["ticket"], pick["item"]) for one in receipts for pick in one["picks"])
        ],
    }


def _task(world: World, asked: Asked) -> Answers:
    owner = lookups.find_item_owner(asked["item"])
    if owner is None:
        raise Malformed(f"there is no item {asked['item']!r} at this point of the story", "item")
    item = dossiers.load(world.store, owner).items[asked["item"]]
    if item.status in ("withdrawn", "confirmed"):
        return {"stream": "none", "due_on": None, "reasons": []}
    return {"stream": item.stream, "due_on": item.due_on, "reasons": [item.basis] if item.basis else []}


def _clock(world: World, asked: Asked) -> Answers:
    council = councils.load(world.store)
    policy = council.policies.at(world.now)
    elapsed = council.calendar.elapsed(asked["start"], asked["on"])
    found = band(elapsed, target=policy["timeliness.target_wd"], amber_from=policy["timeliness.amber_from"])
    return {"elapsed": elapsed, "band": found.value}


def _notices(world: World, asked: Asked) -> Answers:
    found = passports.standpoint(world.store, world.person(asked["of"]), now=world.now)
    notices = found.dossier.notices
    return {
        "codes": [one.data["code"] for one in notices],
        "respond_by": [_last_day(found, one.effective_at) for one in notices],
    }


def _last_day(found: passports.Standpoint, given_at: datetime) -> date:
    """The last day to challenge a notice, by the absences known now: they may be recorded after it (R12.3)."""
    away = [(one.from_on, one.until_on) for one in found.dossier.absences]
    days = found.council.policies.at(given_at)["challenge.window_wd"]
    return found.council.calendar.add_working_days(business_date(given_at), days, away)


def _quarantine(world: World, _: Asked) -> Answers:
    return {"reasons": recognitions.waiting_reasons(world.store)}


QUESTIONS: dict[str, Callable[[World, Asked], Answers]] = {
    "passport": _passport,
    "requirement": _requirement,
    "streak": _streak,
    "can_confirm": _can_confirm,
    "concerns": _concerns,
    "concern": _concern,
    "draw": _draw,
    "task": _task,
    "clock": _clock,
    "notices": _notices,
    "quarantine": _quarantine,
}
