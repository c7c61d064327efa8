"""What arrives: counts by key and hour, never counted on the page itself; and which learning systems have gone quiet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import add

from flask import Blueprint, render_template

from passport_service.domain.roles import Act
from passport_service.doors import deployment, moment
from passport_service.services import keys, silence
from passport_service.services.keys import Key
from passport_service.store import arrivals
from passport_service.store.arrivals import Came, Hour
from passport_service.web.access import allow
from passport_service.web.charts import Chart, stacked
from passport_service.web.forms import asked
from passport_service.web.hours import Slot, Span, slots_of
from passport_service.web.reach import can, roles_with

blueprint = Blueprint("arrivals", __name__, url_prefix="/arrivals")

WHO_SEES = roles_with(Act.SEE_ARRIVALS)
XAPI = "xapi"
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One key, what came through it in the span, and when it was last heard at all."""

    key: Key
    came: Came
    last_at: datetime | None


@blueprint.get("")
@allow(*WHO_SEES)
def listing() -> str:
    """The last 24 hours, the last seven days, or a chosen day; of every key, or of one."""
    store, now = deployment().store, moment()
    day = chosen_day()
    span = span_of(now, day)
    with store.reading():
        known = [one for one in keys.every(store) if one.purpose == XAPI]
        last = arrivals.last(store)
        hours = arrivals.between(store, span.since, span.until)
    key = next((one for one in known if one.id == asked("key")), None)
    shown = hours if key is None else [one for one in hours if one.key_id == key.id]
    slots = slots_of(span, shown)
    return render_template(
        "arrivals/listing.html", known=known, key=key, day=day, by_day=span.by_day, slots=slots,
        total=total(one.came for one in shown), taken_in=chart_of_statements(slots), refused=chart_of_refusals(slots),
        lines=[KeyLine(one, total(of(hours, one)), last.get(one.id)) for one in by_label(known)],
        last_at=last.get(key.id) if key else max(last.values(), default=None), today=now,
    )  # fmt: skip


@blueprint.get("/systems")
@allow(*WHO_SEES)
def systems() -> str:
    """Every learning system that has a key: when it was last heard, how often it usually sends, and who is silent."""
    hearings = silence.hearings(deployment().store, moment())
    return render_template(
        "arrivals/systems.html", hearings=hearings, alarms=[one for one in hearings if one.is_alarming],
        manages=can(Act.MANAGE_KEYS),
    )  # fmt: skip


def chosen_day() -> date | None:
    """The day that the address asks for, if it is one."""
    try:
        day = date.fromisoformat(asked("day"))
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None


def span_of(now: datetime, day: date | None) -> Span:
    if day is not None:
        return Span.of_day(day)
    return Span.last_week(now) if asked("period") == "week" else Span.last_day(now)


def by_label(known: Iterable[Key]) -> list[Key]:
    return sorted(known, key=lambda one: (one.revoked_at is not None, one.label.casefold()))


def of(hours: Sequence[Hour], key: Key) -> Iterable[Came]:
    return (one.came for one in hours if one.key_id == key.id)


def total(counts: Iterable[Came]) -> Came:
    return reduce(add, counts, Came())


def chart_of_statements(slots: Sequence[Slot]) -> Chart:
    """New statements: those about completion at the bottom, and what else was new."""
    return stacked(
        [
            (
                one.word,
                f"{one.name}: {one.came.completions} about completion, {one.came.added - one.came.completions} others",
                (one.came.completions, one.came.added - one.came.completions),
            )
            for one in slots
        ]
    )


def chart_of_refusals(slots: Sequence[Slot]) -> Chart | None:
    """Refused requests, where there were any."""
    if not any(one.came.refused for one in slots):
        return None
    return stacked(
        [(one.word, f"{one.name}: {one.came.refused} refused", (one.came.refused,)) for one in slots]
    )
