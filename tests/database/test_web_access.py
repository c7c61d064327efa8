"""Every address of these areas with every role: who may come in is written here once more, in full."""

import pytest
from werkzeug.routing import Rule

from passport_service.domain.roles import PRACTISING, Role
from passport_service.services import people
from tests.pages import ORIGIN
from tests.people import town

EVERYONE = frozenset({"nobody", *Role})
SIGNED_IN = frozenset(Role)
PRACTITIONERS = frozenset(PRACTISING)
REVIEWERS = frozenset({Role.CCV_REVIEWER})
READERS = frozenset({Role.CCV_REVIEWER, Role.CCV_LEAD})
KEEPERS = frozenset({Role.WORKFORCE_DEVELOPMENT, Role.ADMINISTRATOR})
DECIDERS = frozenset({Role.CCV_LEAD, Role.SERVICE_MANAGER})

MAY = {
    "account.sign_in": EVERYONE,
    "account.sign_in_now": EVERYONE,
    "account.sign_in_demo": EVERYONE,
    "account.sign_out": EVERYONE,
    "account.forgotten": EVERYONE,
    "account.forgotten_now": EVERYONE,
    "account.open_link": EVERYONE,
    "account.choose_password": EVERYONE,
    "account.choose_password_now": EVERYONE,
    "account.mine": SIGNED_IN,
    "account.new_password": SIGNED_IN,
    "accounts.listing": KEEPERS,
    "accounts.invite": KEEPERS,
    "accounts.one": KEEPERS,
    "accounts.invite_again": KEEPERS,
    "accounts.close": KEEPERS,
    "passport.mine": PRACTITIONERS,
    "passport.training": PRACTITIONERS,
    "passport.decisions": PRACTITIONERS,
    "passport.history": PRACTITIONERS,
    "passport.notice": PRACTITIONERS,
    "passport.held": PRACTITIONERS,
    "passport.held_as_file": PRACTITIONERS,
    "items.mine": PRACTITIONERS,
    "items.one": PRACTITIONERS,
    "items.check": PRACTITIONERS,
    "items.answer": PRACTITIONERS,
    "items.submit": PRACTITIONERS,
    "items.again": PRACTITIONERS,
    "items.withdraw": PRACTITIONERS,
    "decisions.waiting": READERS,
    "decisions.decide": REVIEWERS,
    "decisions.decide_now": REVIEWERS,
    "decisions.decided": READERS,
    "decisions.find": READERS,
    "decisions.correct": READERS,
    "concerns.listing": DECIDERS,
    "concerns.one": DECIDERS,
    "concerns.record": READERS,
    "concerns.readings": READERS,
    "concerns.read": READERS,
    "concerns.overturn": DECIDERS,
    "answers.listing": DECIDERS,
    "answers.answer": DECIDERS,
    "answers.pause": DECIDERS,
}
AREAS = frozenset(endpoint.partition(".")[0] for endpoint in MAY)


@pytest.fixture
def door(sqlite_store, clock, app):
    """A browser as one of the roles, or as nobody; signed in afresh each time, for some pages end the session."""
    here = town(sqlite_store, clock)
    for role in Role:
        if role not in here.streams:
            here.person(role.value, role.value, team=f"Team of {role.value}")
        here.account(role.value, role)

    def client(who):
        return app.test_client() if who == "nobody" else here.signed_in(app, who.value).client

    return client


def rules(app) -> list[Rule]:
    return [one for one in app.url_map.iter_rules() if one.endpoint.partition(".")[0] in AREAS]


def path_of(rule: Rule) -> str:
    return str(rule.build(dict.fromkeys(rule.arguments, "x"))[1])


def test_every_address_is_in_the_table(app):
    assert {one.endpoint for one in rules(app)} == set(MAY)


def test_each_role_comes_in_where_it_may_and_nowhere_else(app, door):
    wrong = []
    for rule in rules(app):
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            for who in ("nobody", *Role):
                answer = door(who).open(path_of(rule), method=method, base_url=ORIGIN)
                if is_refused(answer, who) == (who in MAY[rule.endpoint]):
                    wrong.append(f"{method} {rule.endpoint} as {who}: {answer.status}")
                assert answer.status_code < 500, f"{method} {rule.endpoint} as {who}"
    assert wrong == []


def is_refused(answer, who) -> bool:
    """Nobody is asked to sign in; somebody without the role is told no. A missing token or thing is no refusal of a role."""
    if who == "nobody":
        return answer.status_code == 401 or "/sign-in?next=" in answer.headers.get("Location", "")
    return answer.status_code == 403


def test_every_form_that_changes_something_needs_its_token(app, door):
    for rule in rules(app):
        if "POST" in rule.methods:
            who = min(MAY[rule.endpoint] - {"nobody"})
            answer = door(who).post(path_of(rule), base_url=ORIGIN)
            assert answer.status_code == 400, rule.endpoint


def test_a_mover_loses_their_old_pages_with_the_role(sqlite_store, clock, app):
    here = town(sqlite_store, clock)
    here.person("asha")
    pages = here.signed_in(app, "asha")
    pages.get("/passport")

    people.change(here.store, here.streams["asha"], {"role": "team_manager"}, now=here.now, caused_by="test")

    pages.get("/passport", status=403)
