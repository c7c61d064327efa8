"""Sending what waits in the outbox, row by row: claim, hand over, write down."""

from datetime import datetime
from uuid import uuid4

from passport_service.doors import Deployment
from passport_service.jobs.job import JobFailed, Outcome
from passport_service.plugins import Deliver, Message, NotDelivered
from passport_service.store import deliveries
from passport_service.store.deliveries import Delivery

MAIL = "smtp"
FILES = "outbox_file"
MOST_AT_ONCE = 200
MOST_IN_A_RUN = 2_000


def deliver(deployment: Deployment, now: datetime) -> Outcome:
    """Send whatever is due. A worker killed in the middle leaves a claim that runs out; the letter keeps its id."""
    hand_over, holder = delivery(deployment), uuid4().hex
    counts = {"sent": 0, "again": 0, "given_up": 0}
    problem = None
    for row in _due(deployment, now):
        taken = _claim(deployment, row, holder)
        if taken is None:
            continue
        result, reason = _send(deployment, hand_over, taken, holder)
        counts[result] += 1
        problem = problem or reason
    if counts["given_up"]:
        raise JobFailed(
            f"{counts['given_up']} could not be delivered and wait for a person: {problem}", counts
        )
    return {**counts, **({"problem": problem} if problem else {})}


def delivery(deployment: Deployment) -> Deliver:
    """The way that the settings choose. Raises JobFailed when no plug-in offers it, or it finds a setting wrong."""
    name = MAIL if deployment.settings.smtp_host else FILES
    factory = deployment.plugins.deliveries.get(name)
    if factory is None:
        raise JobFailed(f"no plug-in delivers by {name}; see the setting PASSPORT_INTEGRATIONS")
    try:
        return factory(deployment.settings.for_plugins())
    except ValueError as fault:
        raise JobFailed(f"the delivery {name} cannot be used: {fault}") from fault


def _due(deployment: Deployment, now: datetime) -> list[int]:
    with deployment.store.reading():
        return deliveries.due(now, MOST_IN_A_RUN)


def _claim(deployment: Deployment, row: int, holder: str) -> Delivery | None:
    with deployment.store.writing():
        return deliveries.claim(row, holder, deployment.clock())


def _send(deployment: Deployment, hand_over: Deliver, taken: Delivery, holder: str) -> tuple[str, str | None]:
    message = Message(taken.notice, taken.address, taken.subject, taken.text, taken.html or "")
    try:
        hand_over(message)
    except NotDelivered as failure:
        again = failure.again and taken.attempts < deliveries.MOST_ATTEMPTS
        _not_sent(deployment, taken, holder, str(failure), again)
        return ("again" if again else "given_up"), str(failure)
    with deployment.store.writing():
        deliveries.sent(taken.id, holder, deployment.clock())
    return "sent", None


def _not_sent(deployment: Deployment, taken: Delivery, holder: str, error: str, again: bool) -> None:
    with deployment.store.writing():
        deliveries.failed(
            taken.id, holder, deployment.clock(), error=error, again=again, attempts=taken.attempts
        )
