"""Whether two statements are the same one: what may differ, and what may not (Data 2.3.1)."""

import random
from copy import deepcopy
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passport_service.xapi.actor import hashed_key, key_of, keys_of, sha1_of_mbox
from passport_service.xapi.compare import fingerprint
from passport_service.xapi.formats import exact
from tests.unit.xapi.test_formats import ASSIGNED
from tests.unit.xapi.test_statement import ASHA, COURSE, INNER, REF, RHYS, put, whole

GROUP = {"objectType": "Group", "member": [ASHA, RHYS]}

SAME = {
    "what the receiver sets": [
        put("id", "x"),
        put("stored", "2027-01-01T00:00:00Z"),
        put("authority", ASHA),
        put("version", "1.0.0"),
    ],
    "the display of the verb": [put("verb/display", {"cy": "wedi cwblhau"})],
    "the definition of the activity": [put("object/definition", {"name": {"en": "Another title"}})],
    "the zone of the timestamp": [put("timestamp", "2026-03-02T08:00:00.125Z")],
    "the case of a mailbox's domain": [put("actor/mbox", "mailto:asha@COUNCIL.example")],
    "the case of a registration": [put("context/registration", "EC531277-B57B-4C15-8D91-D292C5B2B8F7")],
    "the case of a language": [put("context/language", "EN-gb")],
    "a context activity alone or in an array": [put("context/contextActivities/category", [COURSE])],
    "the words about an attachment": [put("attachments/0/display", {"cy": "Tystysgrif"})],
}
OTHER = {
    "the verb": put("verb/id", "http://adlnet.gov/expapi/verbs/failed"),
    "the actor": put("actor", RHYS),
    "the name of the actor": put("actor/name", "Ashley"),
    "the activity": put("object/id", "https://moodle.example/course/view.php?id=8"),
    "the moment": put("timestamp", "2026-03-02T09:00:01+01:00"),
    "the duration, written otherwise": put("result/duration", "PT90M"),
    "the score": put("result/score/scaled", 0.81),
    "the case of an account's name": put("context/instructor/account/name", "31x"),
    "the data of an attachment": put("attachments/0/sha2", "cd" * 32),
    "an extension": put("context/extensions", {"http://x.example/e": 1}),
}


@pytest.mark.parametrize("changes", SAME.values(), ids=SAME.keys())
def test_a_statement_stays_the_same_whatever(changes: list[Any]) -> None:
    other = whole()
    for change in changes:
        change(other)
    assert fingerprint(other) == fingerprint(whole())


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("PT0.12S", "PT0.1237S", True),
        ("PT0.129S", "PT0.121S", True),
        ("P1DT12H36M0,12567S", "P1DT12H36M0,12S", True),
        ("PT0.12S", "PT0.13S", False),
        ("PT0.1S", "PT0.10S", False),
        ("PT0.12S", "PT0,12S", False),
        ("PT1.501M", "PT1.50M", False),
    ],
)
def test_a_duration_counts_to_the_hundredth_of_a_second(one: str, other: str, same: bool) -> None:
    """Data 4.6 and xAPI 2.0 4.2.7: nothing finer is compared; all else is compared as it is written (Data 2.3.1)."""
    prints = []
    for duration in (one, other):
        statement = whole() | {"result": {"duration": duration}}
        prints.append(fingerprint(statement))
    assert (prints[0] == prints[1]) is same
    outer = [whole() | {"object": INNER | {"result": {"duration": text}}} for text in (one, other)]
    assert (fingerprint(outer[0]) == fingerprint(outer[1])) is same


moments = st.sampled_from(
    [
        "2026-03-02T09:00:00Z",
        "2026-03-02T09:00:00.1234567-05:30",
        "20260302T0900+01",
        "2026-061T09:00",
        "2026-W10-1T09",
    ]
)
durations = st.builds("PT{}.{}S".format, st.integers(0, 99), st.integers(0, 99_999))
activities = st.sampled_from([COURSE, [COURSE], [COURSE, COURSE], []])


@given(moments, durations, activities, st.sampled_from(["1.0.0", "2.0.0", None]), st.booleans())
def test_what_is_given_back_is_the_same_statement(
    moment: str, duration: str, related: Any, version: str | None, nested: bool
) -> None:
    """Data 2.3.1: taking it over into another store, or sending it again, makes no other statement of it."""
    statement = whole() | {"timestamp": moment, "result": {"duration": duration}}
    statement["context"] = {"contextActivities": {"other": related}}
    if nested:
        inner = {name: statement[name] for name in ("actor", "verb", "object", "timestamp", "context")}
        statement = {**statement, "object": {"objectType": "SubStatement", **inner}}
    del statement["version"]
    sent = statement if version is None else statement | {"version": version}
    returned = orjson.loads(exact(orjson.dumps(sent), ASSIGNED))
    assert fingerprint(returned) == fingerprint(sent)
    assert orjson.loads(exact(orjson.dumps(returned), ASSIGNED)) == returned


WIDE = {
    "contextAgents": [{"objectType": "contextAgent", "agent": ASHA}],
    "contextGroups": [{"objectType": "contextGroup", "group": GROUP}],
}


def test_groups_of_the_context_have_no_order_either() -> None:
    """Data 2.3.1: un-ordered lists; xAPI 2.0 4.2.2.5 has them in contextGroups too."""
    turned = GROUP | {"member": [RHYS, ASHA]}
    wide = WIDE | {"contextGroups": [{"objectType": "contextGroup", "group": turned}]}
    louder = WIDE | {
        "contextAgents": [{"objectType": "contextAgent", "agent": {"mbox": "mailto:asha@COUNCIL.example"}}]
    }
    other = WIDE | {"contextAgents": [{"objectType": "contextAgent", "agent": RHYS}]}
    known = fingerprint(whole() | {"context": WIDE})
    assert fingerprint(whole() | {"context": wide}) == known
    assert fingerprint(whole() | {"context": louder}) == known
    assert fingerprint(whole() | {"context": other}) != known


@pytest.mark.parametrize("change", OTHER.values(), ids=OTHER.keys())
def test_a_statement_is_another_with_another(change: Any) -> None:
    other = whole()
    change(other)
    assert fingerprint(other) != fingerprint(whole())


@pytest.mark.parametrize(
    "identifier",
    [
        {},
        {"mbox": "mailto:team@council.example"},
        {"mbox_sha1sum": "ab" * 20},
        {"openid": "https://team.example/"},
        {"account": {"homePage": "https://moodle.example", "name": "team"}},
    ],
)
def test_members_of_a_group_have_no_order(identifier: dict[str, Any]) -> None:
    """Data 2.3.1: un-ordered lists; whatever a group is identified by, or if by nothing."""
    one, other = whole(), whole()
    one["actor"], other["actor"] = GROUP | identifier, GROUP | identifier | {"member": [RHYS, ASHA]}
    assert fingerprint(one) == fingerprint(other)
    other["actor"] = GROUP | identifier | {"member": [RHYS]}
    assert fingerprint(one) != fingerprint(other)


def test_sub_statements_and_references_are_compared_too() -> None:
    one, other = whole(), whole()
    one["object"], other["object"] = deepcopy(INNER), deepcopy(INNER) | {"object": REF}
    assert fingerprint(one) != fingerprint(other)
    other["object"] = REF
    one["object"] = REF | {"id": REF["id"].upper()}
    assert fingerprint(one) == fingerprint(other)


def test_the_moment_can_be_left_out() -> None:
    untimed = whole()
    del untimed["timestamp"]
    assert fingerprint(untimed) == fingerprint(whole(), with_timestamp=False)
    assert fingerprint(untimed) != fingerprint(whole())


def shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        names = list(value)
        chance.shuffle(names)
        return {name: shuffled(value[name], chance) for name in names}
    return [shuffled(item, chance) for item in value] if isinstance(value, list) else value


@given(st.randoms(use_true_random=False))
def test_the_order_of_properties_means_nothing(chance: random.Random) -> None:
    assert fingerprint(shuffled(whole(), chance)) == fingerprint(whole())


def test_comparing_changes_nothing() -> None:
    statement = whole()
    fingerprint(statement)
    assert statement == whole()


@pytest.mark.parametrize(
    ("actor", "key"),
    [
        (RHYS, "account|https://moodle.example|31"),
        ({"mbox": "MailTo:Asha@Council.Example"}, "mbox|mailto:Asha@council.example"),
        ({"mbox_sha1sum": "AB" * 20}, "mbox_sha1sum|" + "ab" * 20),
        ({"openid": "https://asha.example/"}, "openid|https://asha.example/"),
        (GROUP, None),
        (GROUP | ASHA, "mbox|mailto:asha@council.example"),
    ],
)
def test_an_actor_is_known_by_its_identifier(actor: dict[str, Any], key: str | None) -> None:
    assert key_of(actor) == key


def test_a_group_is_known_by_its_members_too() -> None:
    assert keys_of(GROUP | {"openid": "https://team.example"}) == (
        "openid|https://team.example",
        "mbox|mailto:asha@council.example",
        "account|https://moodle.example|31",
    )


def test_a_mailbox_and_its_hash_can_be_joined() -> None:
    # The SHA-1 of mailto:asha@council.example, worked out elsewhere.
    assert hashed_key("mbox|mailto:asha@council.example") == f"mbox_sha1sum|{sha1_of_mbox(ASHA['mbox'])}"
    assert sha1_of_mbox("mailto:asha@COUNCIL.example") == sha1_of_mbox(ASHA["mbox"])
    assert hashed_key("openid|https://asha.example/") is None
