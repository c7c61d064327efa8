"""The scheduled jobs of a story, each run at its own time: the nightly sweep and the weekly draw."""

from datetime import datetime, time, timedelta

from passport_service.domain.calendar import LONDON, UTC, business_date
from passport_service.scenarios.world import DRAW_KEY, World
from passport_service.services import councils, draws, passports
from passport_service.store import lookups

SWEEP_AT = time(0, 5, tzinfo=LONDON)
ONE_DAY = timedelta(days=1)


def run_until(world: World, until: datetime, *, included: bool) -> None:
    """Run whatever falls due between the story's now and a moment, in order of time, the clock with it."""
    while True:
        due = [
            (at, job)
            for at, job in ((_next_sweep(world), sweep), (_next_draw(world), _draw_due))
            if at is not None
        ]
        if not due:
            return
        at, job = min(due, key=lambda one: (one[0], one[1] is _draw_due))
        if at > until or (at == until and not included):
            return
        world.now = max(world.now, at)
        job(world, world.now)


def sweep(world: World, now: datetime) -> None:
    """What time alone brings: expiries, lapses, warnings, issues (R4.1)."""
    passports.sweep(world.store, now=now)


def draw(world: World, seed: str) -> None:
    """A draw now with the seed text of the story."""
    draws.run_now(world.store, now=world.now, seed=seed, key=DRAW_KEY)


def _next_sweep(world: World) -> datetime | None:
    """The first nightly sweep that will find somebody: nights on which nobody's moment has come change nothing."""
    review_at = lookups.first_review_at()
    return None if review_at is None else _sweep_after(max(review_at, world.now))


def _sweep_after(moment: datetime) -> datetime:
    on = datetime.combine(business_date(moment), SWEEP_AT).astimezone(UTC)
    return on if on >= moment else datetime.combine(business_date(moment) + ONE_DAY, SWEEP_AT).astimezone(UTC)


def _next_draw(world: World) -> datetime | None:
    return draws.next_due_at(councils.load(world.store), world.now)


def _draw_due(world: World, now: datetime) -> None:
    draws.run_due(world.store, now=now, key=DRAW_KEY)
