"""Every address of the workforce pages, asked by every role: who may, and who may not."""

from datetime import date

import pytest

from passport_service.app import create_app
from passport_service.domain.roles import Role
from passport_service.services import exports, holds, priors
from passport_service.services.known import of_person
from passport_service.store.holds import Kind
from tests import builders
from tests.pages import ORIGIN
from tests.workforce import COURSES, completion, moodle_key, refused_batch, send, workforce_town

W, T, S, A, L = "workforce_development", "team_manager", "service_manager", "administrator", "ccv_lead"
M = "lms_administrator"
PRACTISING = ("social_worker", "occupational_therapist", "support_worker")
SEE = {W, T, S, L}
PERSON = "/practitioners/{asha}"
STATEMENT = "/training/waivers/requests/{asha}/{statement}"
MAPPED = "activity={activity}&course=mca"

# method, address, the roles that may: written out by hand, so that a change of the table of roles shows here
ADDRESSES = [
    ("GET", "/practitioners", SEE),
    ("GET", "/practitioners/export.csv", SEE),
    ("GET", PERSON, SEE),
    ("GET", f"{PERSON}/absences/new", {W, T, S}),
    ("POST", f"{PERSON}/absences/new", {W, T, S}),
    ("POST", f"{PERSON}/absences/cancel", {W, T, S}),
    ("GET", f"{PERSON}/identities/link", {W}),
    ("POST", f"{PERSON}/identities/link", {W}),
    ("POST", f"{PERSON}/identities/relink", {W}),
    ("GET", f"{PERSON}/identities/unlink", {W}),
    ("POST", f"{PERSON}/identities/unlink", {W}),
    ("GET", "/people", {W}),
    ("GET", "/people/template.csv", {W}),
    ("GET", "/people/import", {W}),
    ("POST", "/people/import", {W}),
    ("POST", "/people/import/apply", {W}),
    ("GET", "/training", {W, S, L}),
    ("GET", "/training/requirements/mca", {W, S, L}),
    ("GET", "/training/requirements/mca/change", {W}),
    ("POST", "/training/requirements/mca/change", {W}),
    ("GET", "/training/requirements/new", {W}),
    ("POST", "/training/requirements/new", {W}),
    ("GET", "/training/requirements/mca/equivalents/new", {W}),
    ("POST", "/training/requirements/mca/equivalents/new", {W}),
    ("GET", "/training/mappings/new", {W}),
    ("POST", "/training/mappings/new", {W}),
    ("GET", f"/training/mappings/end?{MAPPED}", {W}),
    ("POST", f"/training/mappings/end?{MAPPED}", {W}),
    ("GET", "/training/earlier-learning", {W, T, S}),
    ("GET", "/training/earlier-learning/{proposal}", {W, T, S}),
    ("POST", "/training/earlier-learning/{proposal}", {W, T, S}),
    ("GET", "/training/earlier-learning/new/{asha}", {W, T, *PRACTISING}),
    ("POST", "/training/earlier-learning/new/{asha}", {W, T, *PRACTISING}),
    ("GET", "/training/waivers", {W}),
    ("GET", STATEMENT, {W}),
    ("POST", STATEMENT, {W}),
    ("GET", "/training/waivers/new/{asha}", {W}),
    ("POST", "/training/waivers/new/{asha}", {W}),
    ("GET", "/quarantine", {W, M, A}),
    ("GET", "/quarantine/activity?id={unmapped}", {W, M, A}),
    ("GET", "/quarantine/person?actor={actor}", {W, M, A}),
    ("GET", "/quarantine/person/link?actor={actor}&stream={asha}", {W}),
    ("POST", "/quarantine/person/link", {W}),
    ("GET", "/refused", {W, M, A}),
    ("GET", "/refused/{batch}", {W, M, A}),
    ("POST", "/refused/{batch}/replay", {W, M, A}),
    ("GET", "/arrivals", {W, M, A}),
    ("GET", "/arrivals/systems", {W, M, A}),
    ("GET", "/arrivals/statements", {W, M, A}),
    ("GET", "/arrivals/statements/{satisfied}", {W, M, A}),
    ("GET", "/arrivals/try", {W, M, A}),
    ("POST", "/arrivals/try", {W, M, A}),
    ("GET", "/personal-data", {W}),
    ("GET", "/personal-data/one?who=asha", {W}),
    ("POST", "/personal-data/export", {W}),
    ("GET", "/personal-data/exports/{export}", {W}),
    ("POST", "/personal-data/hold", {W}),
    ("GET", "/personal-data/holds/{hold}/release", {W}),
    ("POST", "/personal-data/holds/{hold}/release", {W}),
    ("GET", "/personal-data/erase?who=asha", {W}),
    ("POST", "/personal-data/erase", {W}),
    ("GET", "/keys", {A}),
    ("GET", "/keys/new", {A}),
    ("POST", "/keys/new", {A}),
    ("GET", "/keys/{key}", {A}),
    ("GET", "/keys/{key}/change", {A}),
    ("POST", "/keys/{key}/change", {A}),
    ("POST", "/keys/{key}/secrets", {A}),
    ("GET", "/keys/{key}/secrets/1/end", {A}),
    ("POST", "/keys/{key}/secrets/1/end", {A}),
    ("GET", "/keys/{key}/end", {A}),
    ("POST", "/keys/{key}/end", {A}),
]
AREAS = {
    "absences", "arrivals", "equivalents", "identities", "keys", "mappings", "people", "personal_data",
    "practitioners", "prior_learning",
    "quarantine", "refused", "requirements", "statements", "training", "trials", "waivers",
}  # fmt: skip


@pytest.fixture
def here(sqlite_store, clock):
    return workforce_town(sqlite_store, clock)


@pytest.fixture
def words(here, settings):
    """What the addresses speak of: things that are there."""
    key = moodle_key(here)
    who = ("https://moodle.example", "12")
    satisfied = builders.cmi5_course_satisfied(
        course=COURSES["mca"], publisher="https://publisher.example/x", who=who
    )
    send(here, key, builders.cmi5_unit_waived(who=who), satisfied, completion(99), completion(8, who="77"))
    proposal = priors.propose(
        here.store, here.streams["asha"], requirement="mca", completed_on=date(2025, 5, 1), issuer="Council", course="MCA",
        document="12/4", authenticity="copy_only", by="somebody", now=here.now, caused_by="account:somebody",
    )  # fmt: skip
    asha = of_person(here.store, here.streams["asha"])
    made = exports.make(here.store, settings.incoming_folder, asha, home="", now=here.now, by="somebody")
    hold = holds.set_hold(here.store, Kind.KEY, key.id, reason="tribunal", now=here.now, by="somebody")
    return {
        "export": made.id, "hold": hold,
        "asha": here.streams["asha"], "key": key.id, "batch": refused_batch(here, key, b"[{}]"), "proposal": proposal,
        "activity": COURSES["mca"], "unmapped": "https://moodle.example/course/view.php?id=99",
        "actor": "account|https://moodle.example|77", "statement": statement_that_waives(here),
        "satisfied": statement_that_waives(here),
    }  # fmt: skip


def statement_that_waives(here) -> str:
    rows = here.store.execute(
        "SELECT statement FROM recognition WHERE meaning = ?", ("satisfied",)
    ).fetchall()
    return rows[0][0]


def browser_of(here, app, role):
    """Somebody with this role and no other, in the team and the place of the person the pages are about."""
    known = {
        W: "wendy",
        T: "mona",
        S: "sven",
        A: "olga",
        M: "lara",
        "ccv_reviewer": "rhys",
        L: "lena",
        "social_worker": "asha",
    }
    if role not in known:
        here.person(role, role, "North A")
        known[role] = role
    return here.signed_in(app, known[role])


@pytest.mark.parametrize("role", list(Role))
def test_each_address_is_open_to_the_roles_that_may_and_to_no_other(here, app, words, role):
    browser = browser_of(here, app, str(role))
    for method, address, roles in ADDRESSES:
        answer = browser.client.open(address.format(**words), method=method, base_url=ORIGIN)
        own_only = role in PRACTISING and role != Role.SOCIAL_WORKER and "earlier-learning/new" in address
        expected = (404 if own_only else 200) if method == "GET" else 400
        assert answer.status_code == (expected if role in roles else 403), f"{role} {method} {address}"


def test_nobody_comes_in_without_signing_in(app, words):
    client = app.test_client()
    for method, address, _ in ADDRESSES:
        answer = client.open(address.format(**words), method=method, base_url=ORIGIN)
        assert answer.status_code == (302 if method == "GET" else 401), address


def test_the_list_above_is_complete(app):
    asked = {(method, address.partition("?")[0].count("/")) for method, address, _ in ADDRESSES}
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.partition(".")[0] in AREAS]
    methods = [method for rule in rules for method in rule.methods & {"GET", "POST"}]

    assert len(methods) == len(ADDRESSES)
    assert {
        (method, str(rule).count("/")) for rule in rules for method in rule.methods & {"GET", "POST"}
    } == asked


def test_for_the_manager_of_another_team_the_person_is_not_there(here, app, words):
    milo = here.signed_in(app, "milo")

    for address in (PERSON, f"{PERSON}/absences/new", "/training/earlier-learning/{proposal}"):
        assert milo.client.get(address.format(**words), base_url=ORIGIN).status_code == 404


@pytest.mark.parametrize(
    "address", ["/practitioners?search=%00", "/practitioners/%00", "/quarantine/activity?id=a%00"]
)
def test_a_nul_in_an_address_is_refused_on_both_databases(store, settings, clock, address):
    here = workforce_town(store, clock)
    wendy = here.signed_in(create_app(settings, store, now=clock), "wendy")

    assert wendy.client.get(address, base_url=ORIGIN).status_code == 400


def test_a_nul_in_a_form_is_refused_on_both_databases(store, settings, clock):
    here = workforce_town(store, clock)
    wendy = here.signed_in(create_app(settings, store, now=clock), "wendy")
    page = wendy.get(f"/practitioners/{here.streams['ben']}/identities/link")

    page.submit("Link it", kind="account", home_page="https://moodle.example", name="7\x007", status=400)
