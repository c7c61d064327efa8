"""Jobs that speak with other systems: bring in statements from a store that cannot push, tell one of transitions.

Both are bounded, go on where they stopped, and are there only if the settings name the other side. A setting
``PASSPORT_PLUGIN_LRS_PULL_<NAME>`` is the setting ``<name>`` of the puller ``lrs``; ``…_LRS_FORWARD_<NAME>`` likewise.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from passport_service.doors import Deployment
from passport_service.jobs.job import JobFailed, Outcome
from passport_service.plugins import Forwarded, Forwarder, Pulled, Puller, Transition
from passport_service.services import keys, statements, transitions
from passport_service.services.transitions import Published
from passport_service.store import bookmarks

ENDPOINT = "endpoint"
SENT_BY = "as"  # the id of the key in whose name pulled statements are kept
MOST_FORWARDED = 200
STATUS = "{home}/api/v1/practitioners/{ref}/passport"


def pulls(deployment: Deployment) -> bool:
    return any(_settings(deployment, name, "pull") for name in deployment.plugins.pullers)


def forwards(deployment: Deployment) -> bool:
    return any(_settings(deployment, name, "forward") for name in deployment.plugins.forwarders)


def _settings(deployment: Deployment, name: str, way: str) -> dict[str, Any] | None:
    """What the settings say to one plug-in for one way, or None when they do not name the other side."""
    prefix = f"{name}_{way}_"
    given = {
        key.removeprefix(prefix): value
        for key, value in deployment.settings.plugin.items()
        if key.startswith(prefix)
    }
    if ENDPOINT not in given:
        return None
    return {**given, "allowed_private_hosts": deployment.settings.allowed_private_hosts}


def pull(deployment: Deployment, now: datetime) -> Outcome:
    """Bring in what is new in each store that is named; one that misbehaves fails the run after all had their turn."""
    outcome: Outcome = {}
    problems = []
    for name, puller in deployment.plugins.pullers.items():
        settings = _settings(deployment, name, "pull")
        if settings is None:
            continue
        report = _pull(deployment, name, puller, settings, now)
        outcome[name] = {
            "received": report.received, "new": report.new, "known": report.known, "refused": report.refused_count,
            "finished": report.finished,
        }  # fmt: skip
        if report.refused:
            outcome[name]["first_refused"] = [list(one) for one in report.refused[:3]]
        if report.problem:
            problems.append(f"{name}: {report.problem}")
    if problems:
        raise JobFailed("; ".join(problems), outcome)
    return outcome


def _pull(
    deployment: Deployment, name: str, puller: Puller, settings: dict[str, Any], now: datetime
) -> Pulled:
    store, mark = deployment.store, f"pull:{name}"

    def load_cursor() -> Mapping[str, Any] | None:
        return bookmarks.find(store, mark)

    def save_cursor(place: Mapping[str, Any]) -> None:
        bookmarks.move(store, mark, place, now=deployment.clock())

    accept = _accept(deployment, settings.pop(SENT_BY, ""))
    return puller(settings, accept=accept, load_cursor=load_cursor, save_cursor=save_cursor, now=now)


def _accept(deployment: Deployment, key_id: str) -> Callable[[list[dict[str, Any]]], int]:
    if not key_id:
        raise JobFailed(
            "PASSPORT_PLUGIN_LRS_PULL_AS: name the key (purpose xapi) that pulled statements belong to"
        )
    key = keys.load(deployment.store, key_id)

    def accept(values: list[dict[str, Any]]) -> int:
        done = statements.accept_values(
            deployment.store, key=key, values=values, now=deployment.clock(), clock=deployment.clock
        )
        return done.new

    return accept


def forward(deployment: Deployment, now: datetime) -> Outcome:
    """Tell each named system of the transitions it was not told of yet, once each, in the order of the ledger."""
    outcome: Outcome = {}
    problems = []
    for name, forwarder in deployment.plugins.forwarders.items():
        settings = _settings(deployment, name, "forward")
        if settings is None:
            continue
        report = _forward(deployment, name, forwarder, settings, now)
        outcome[name] = {"sent": len(report.sent), "refused": len(report.refused)}
        if report.refused:
            outcome[name]["first_refused"] = [list(one) for one in report.refused[:3]]
        if report.problem:
            problems.append(f"{name}: {report.problem}")
    if problems:
        raise JobFailed("; ".join(problems), outcome)
    return outcome


def _forward(
    deployment: Deployment, name: str, forwarder: Forwarder, settings: Mapping[str, Any], now: datetime
) -> Forwarded:
    """One bounded run. The bookmark holds the cursor and what was sent beyond it, moved after each that was taken over."""
    store, mark = deployment.store, f"forward:{name}"
    place = bookmarks.find(store, mark) or {"after": None, "sent": []}
    found, cursor, _ = transitions.published(store, place["after"], MOST_FORWARDED)
    done: list[str] = list(place["sent"])

    def sent(id: str) -> None:
        done.append(id)
        bookmarks.move(store, mark, {"after": place["after"], "sent": done}, now=deployment.clock())

    new = [one for one in found if one.id not in set(done)]
    report = forwarder(settings, _transitions(deployment, new), sent=sent)
    if report.problem is None:
        bookmarks.move(store, mark, {"after": cursor, "sent": []}, now=now)
    return report


def _transitions(deployment: Deployment, found: list[Published]) -> Iterator[Transition]:
    home = deployment.settings.public_url
    for one in found:
        if one.who is None:
            continue
        home_page, name = transitions.account_of(deployment.store, one.stream) or (home, one.who)
        yield Transition(
            one.id, one.kind, home_page, name, f"{one.who}-{one.passport or 0}", one.at,
            STATUS.format(home=home, ref=one.who),
        )  # fmt: skip
