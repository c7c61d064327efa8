"""What a job is: a name, what it does in plain words, when it is due, and the function that does it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from passport_service.doors import Deployment
from passport_service.jobs.timetable import Rhythm

Outcome = dict[str, Any]


class JobFailed(Exception):
    """A job found something that a person must look at; the message says what, and ``outcome`` holds the figures."""

    def __init__(self, message: str, outcome: Outcome | None = None) -> None:
        super().__init__(message)
        self.outcome = outcome or {}


def always(deployment: Deployment) -> bool:
    return True


def at_once(deployment: Deployment, now: datetime) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Job:
    """One line of the table of jobs.

    ``run`` takes the deployment and the moment and returns what it did, as plain figures; run twice, it does no harm.
    ``rhythm`` is asked each time, because a policy may change it. ``is_on`` says whether the settings want it at all;
    ``is_ready`` may put a due run off until its time has really come.
    """

    name: str
    does: str
    rhythm: Callable[[Deployment, datetime], Rhythm]
    run: Callable[[Deployment, datetime], Outcome]
    is_on: Callable[[Deployment], bool] = always
    is_ready: Callable[[Deployment, datetime], bool] = at_once


def at(rhythm: Rhythm) -> Callable[[Deployment, datetime], Rhythm]:
    """A rhythm that is always the same."""
    return lambda deployment, now: rhythm
