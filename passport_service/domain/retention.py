"""How long what is kept: a council's schedule, as a table of rules (D.18.2 storage limitation)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from passport_service.domain.calendar import add_months, business_date, start_of_day

FOR_EVER = 0
REFUSED_DAYS = 30


@dataclass(frozen=True, slots=True)
class Schedule:
    """For how long each kind is kept, counted as its rule says; 0 is for ever."""

    raw_months: int = 12
    leavers_months: int = 72
    documents_months: int = 24
    security_log_months: int = 12
    exports_days: int = 90


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the schedule in words: what is kept, how long, counted from when, and what happens then."""

    what: str
    kept: str
    since: str
    then: str


def rules(schedule: Schedule) -> list[Rule]:
    """The schedule as people read it."""
    return [
        Rule(
            "Statements that mean nothing here, or whose person nobody knows",
            months(schedule.raw_months),
            "storing",
            "deleted",
        ),
        Rule(
            "Training evidence, passport history and the statements behind them",
            months(schedule.leavers_months),
            "the person’s last day here",
            "the person is erased",
        ),
        Rule(
            "Documents that learning systems keep about a person",
            months(schedule.documents_months),
            "the last time one was written",
            "deleted",
        ),
        Rule("Refused batches", days(REFUSED_DAYS), "arrival", "deleted"),
        Rule("The security log", months(schedule.security_log_months), "the entry", "deleted"),
        Rule("Exports of what is held of a person", days(schedule.exports_days), "making", "deleted"),
    ]


def months(number: int) -> str:
    return "for ever" if number == FOR_EVER else f"{number} months"


def days(number: int) -> str:
    return "for ever" if number == FOR_EVER else f"{number} days"


def months_before(now: datetime, number: int) -> datetime | None:
    """What is older than that goes; None: nothing does. The start of a day, so that a run and its repeat agree."""
    return None if number == FOR_EVER else start_of_day(add_months(business_date(now), -number))


def days_before(now: datetime, number: int) -> datetime | None:
    return None if number == FOR_EVER else start_of_day(business_date(now)) - timedelta(days=number)
