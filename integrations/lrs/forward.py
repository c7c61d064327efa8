"""Tell another store of passport transitions, as statements, once each.

A statement's id is made from the transition's, so sending it again is the same statement and the store keeps
one. It says what happened and where the current state can be read, never why: the reasons are the
practitioner's own (D.18.2).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid5

from tincan.activity import Activity
from tincan.activity_definition import ActivityDefinition
from tincan.agent import Agent
from tincan.agent_account import AgentAccount
from tincan.language_map import LanguageMap
from tincan.statement import Statement
from tincan.verb import Verb

from integrations.lrs.addresses import Unreachable
from integrations.lrs.client import BoundedStore
from integrations.lrs.settings import read_settings
from passport_service.plugins import Forwarded, Transition

NAMESPACE = UUID("6f2f6c0e-6a53-5d5e-9a4e-3d8f1b7a2c11")
ALREADY_THERE = 409
NOT_ITS_FAULT = frozenset({401, 403, 404, 408, 429})  # the store or our settings, not this statement


def forward(
    settings: Mapping[str, Any], transitions: Iterable[Transition], *, sent: Callable[[str], None]
) -> Forwarded:
    """Send each transition in the order given; ``sent`` is called with its id as soon as the store has it.

    What the store will never take is reported and passed over; anything else ends the run with a ``problem``,
    and the rest is for the next one. Raises ValueError for a wrong setting.
    """
    checked = read_settings(settings)
    report = Forwarded()
    try:
        store = BoundedStore(checked)
        for transition in transitions:
            status = _send(store, transition, checked.vocabulary)
            if status < 300 or status == ALREADY_THERE:
                report.sent.append(transition.id)
                sent(transition.id)
            elif status >= 500 or status in NOT_ITS_FAULT:
                report.problem = f"The other store answers {status}."
                break
            else:
                report.refused.append((transition.id, f"The other store answers {status}."))
    except Unreachable as fault:
        report.problem = str(fault)
    return report


def statement_id(transition: Transition) -> UUID:
    """The id under which a transition is known to every store."""
    return uuid5(NAMESPACE, transition.id)


def as_statement(transition: Transition, vocabulary: str) -> Statement:
    """The transition as a statement about the practitioner's passport."""
    words = vocabulary.rstrip("/")
    return Statement(
        id=statement_id(transition),
        actor=Agent(account=AgentAccount(home_page=transition.home_page, name=transition.name)),
        verb=Verb(
            id=f"{words}/verbs/{quote(transition.kind)}", display=LanguageMap({"en-GB": transition.kind})
        ),
        object=Activity(
            id=f"{words}/passports/{quote(transition.passport)}",
            definition=ActivityDefinition(
                type=f"{words}/activity-types/training-passport",
                name=LanguageMap({"en-GB": f"Training passport {transition.passport}"}),
                more_info=transition.status_link,
            ),
        ),
        timestamp=transition.at,
    )


def _send(store: BoundedStore, transition: Transition, vocabulary: str) -> int:
    """The HTTP status of the answer; tincan puts a statement that has an id (PUT), which may be repeated."""
    answer = store.save_statement(as_statement(transition, vocabulary))
    return int(answer.response.status)
