"""Many learning systems at the same moment through the real door: requests share a transaction, and never an answer."""

from collections.abc import Sequence
from typing import Any

import pytest

from passport_service.app import create_app
from passport_service.config import Settings
from passport_service.services import ledgers, statements
from passport_service.services.keys import create
from passport_service.services.statements import Accepted, Parcel
from passport_service.store import ledger
from passport_service.store.database import Store
from tests.conftest import Clock
from tests.database.api_client import PEPPER
from tests.database.learning_system import Lms
from tests.database.load import Ask, Load, Mixture, Outcome, assert_answers_hold
from tests.database.sending import statement, uid
from tests.database.together import all_well
from tests.people import BY, Town
from tests.workforce import link, workforce_town

SENDERS = 8
TURNS = 4


@pytest.fixture
def made(store: Store, clock: Clock) -> Town:
    return workforce_town(store, clock)


def lms(app: Any, made: Town, **may: Any) -> Lms:
    key = create(made.store, label="LMS", purpose="xapi", pepper=PEPPER, by=BY, now=made.now, **may)
    return Lms(app, key)


def asking(system: Lms) -> Ask:
    def ask(method: str, path: str, body: Any) -> tuple[int, bytes]:
        name, _, query = path.removeprefix("/xapi/").partition("?")
        answer = system.call(method, body, path=name, query_string=query)
        return answer.status_code, answer.data

    return ask


def ready_for_a_passport(made: Town, number: int) -> str:
    """Somebody with three approvals in a row, who lacks only the training; the name of their account."""
    made.person(f"p{number}")
    link(made, f"p{number}", f"p-{number}")
    made.approve(f"p{number}", *(f"I-{number}-{one}" for one in range(3)), by="rhys")
    return f"p-{number}"


def issued(store: Store, stream: str) -> int:
    return sum(one.kind == "passport_issued" for one in ledger.read(store, stream))


@pytest.fixture
def groups(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many requests went in each transaction."""
    sizes: list[int] = []
    real = statements.committed

    def committed(store: Store, parcels: Sequence[Parcel]) -> list[Accepted]:
        sizes.append(len(parcels))
        return real(store, parcels)

    monkeypatch.setattr(statements, "committed", committed)
    return sizes


def test_whatever_comes_at_once_each_is_answered_for_what_became_of_its_own(
    made: Town, settings: Settings, clock: Clock, groups: list[int]
) -> None:
    app = create_app(settings, made.store, now=clock)
    app.config["PROPAGATE_EXCEPTIONS"] = False  # a fault is a 500, which no sender expects
    other = lms(app, made)
    assert other.call("POST", [statement(1)]).status_code == 200
    names = [ready_for_a_passport(made, number) for number in range(2 * TURNS)]
    load = Load(uid(1), list(zip(names[::2], names[1::2], strict=True)))
    systems = [lms(app, made, may_void=True) for _ in range(3)]
    senders = [Mixture(load, number) for number in range(SENDERS)]

    def work(sender: Mixture) -> None:
        ask = asking(systems[0] if sender.number else systems[1])
        for turn in range(TURNS):
            sender.turn(ask, turn)

    all_well(made.store, [lambda sender=sender: work(sender) for sender in senders])
    assert_answers_hold(made.store, load)
    assert all(one.outcome is not Outcome.UNANSWERED for one in load.requests)
    for requests in load.races.values():
        assert [one.outcome for one in requests].count(Outcome.ACKNOWLEDGED) == 1
    assert [issued(made.store, made.streams[f"p{number}"]) for number in range(2 * TURNS)] == [1] * 2 * TURNS
    assert ledgers.verify(made.store) == []
    assert [str(one) for one in ledgers.rebuild(made.store).differences or []] == []
    assert max(groups) > 1, "no two requests ever shared a transaction, so this showed nothing"
