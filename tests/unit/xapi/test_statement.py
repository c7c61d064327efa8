"""Every rule of the standard on a statement, as a case each: where the fault lies, and by which rule."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from passport_service.xapi.errors import Invalid
from passport_service.xapi.statement import check_statement
from tests import builders

REF = {"objectType": "StatementRef", "id": "8f2d5c8e-8f6e-4a55-9d4b-0b6e8d6e1f10"}
COURSE = {"objectType": "Activity", "id": "https://moodle.example/course/view.php?id=7"}
ASHA = {"mbox": "mailto:asha@council.example"}
RHYS = {"account": {"homePage": "https://moodle.example", "name": "31"}}
CHOICES = [{"id": "a", "description": {"en": "One"}}, {"id": "b"}]
FILE = {
    "usageType": "http://example.org/certificate",
    "display": {"en": "Certificate"},
    "contentType": "application/pdf",
    "length": 3,
    "sha2": "ab" * 32,
    "fileUrl": "https://files.example/1",
}


def whole() -> dict[str, Any]:
    """A statement that uses every property."""
    return {
        "id": "12345678-1234-4234-8234-123456789abc",
        "actor": {"objectType": "Agent", "name": "Asha", **ASHA},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed", "display": {"en-GB": "completed"}},
        "object": {
            **COURSE,
            "definition": {
                "name": {"en": "Mental Capacity Act"},
                "description": {"en": "…"},
                "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
                "moreInfo": "https://moodle.example/more",
                "interactionType": "choice",
                "correctResponsesPattern": ["a[,]b"],
                "choices": deepcopy(CHOICES),
                "extensions": {"http://example.org/x": None},
            },
        },
        "result": {
            "score": {"scaled": 0.8, "raw": 80, "min": 0, "max": 100},
            "success": True,
            "completion": True,
            "response": "a[,]b",
            "duration": "PT1H30M",
            "extensions": {"http://example.org/x": {"deep": [1, None]}},
        },
        "context": {
            "registration": "ec531277-b57b-4c15-8d91-d292c5b2b8f7",
            "instructor": deepcopy(RHYS),
            "team": {"objectType": "Group", "member": [deepcopy(ASHA)]},
            "contextActivities": {"parent": [deepcopy(COURSE)], "category": deepcopy(COURSE)},
            "revision": "2",
            "platform": "Moodle",
            "language": "en-GB",
            "statement": deepcopy(REF),
            "extensions": {},
        },
        "timestamp": "2026-03-02T09:00:00.125+01:00",
        "stored": "2026-03-02T09:00:00Z",
        "authority": deepcopy(RHYS),
        "version": "1.0.3",
        "attachments": [deepcopy(FILE)],
    }


def put(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Sets what a dotted path names; ``DROP`` takes it away."""

    def change(statement: dict[str, Any]) -> None:
        *way, last = [int(step) if step.isdigit() else step for step in path.split("/")]
        place: Any = statement
        for step in way:
            place = place[step]
        if value is DROP:
            del place[last]
        else:
            place[last] = value

    return change


DROP = object()

VALID = {
    "an anonymous group of members": put("actor", {"objectType": "Group", "member": [ASHA, RHYS]}),
    "an identified group without members": put("actor", {"objectType": "Group", **ASHA}),
    "a hashed mailbox": put("actor", {"mbox_sha1sum": "AB" * 20}),
    "an openid": put("actor", {"openid": "https://asha.example/"}),
    "a timestamp without seconds or zone": put("timestamp", "2026-03-02T09:00"),
    "a timestamp in the far future": put("timestamp", "2999-01-01T00:00:00Z"),
    "empty extensions": put("context/extensions", {}),
    "a negative scaled score": put("result/score/scaled", -0.25),
    "a definition without anything": put("object/definition", {}),
    "a version of any 1.0": put("version", "1.0.17"),
    "an authority as OAuth makes it": put("authority", {"objectType": "Group", "member": [ASHA, RHYS]}),
    "a media type with parameters": put("attachments/0/contentType", "text/plain; charset=utf-8"),
    "a hash of 512 bits": put("attachments/0/sha2", "0f" * 64),
    "an IRI beyond ASCII": put("verb/id", "http://beispiel.example/größe"),
    "an empty context": put("context", {}),
}

INVALID = {
    "actor is missing": (put("actor", DROP), "actor", "Data 2.2"),
    "verb is missing": (put("verb", DROP), "verb", "Data 2.2"),
    "object is missing": (put("object", DROP), "object", "Data 2.2"),
    "unknown property": (put("actors", {}), "actors", "Data 2.2"),
    "property in another case": (put("Result", {}), "Result", "Data 2.2"),
    "null": (put("result", None), "result", "Data 2.4.5"),
    "null inside": (put("result/success", None), "result.success", "Data 2.2"),
    "id is no UUID": (put("id", "12345678-1234-4234-8234-12345678"), "id", "Data 4.4"),
    "id is a number": (put("id", 7), "id", "Data 4.4"),
    "actor is a text": (put("actor", "Asha"), "actor", "Data 2.4.2.1"),
    "actor without identifier": (put("actor", {"name": "Asha"}), "actor", "Data 2.4.2.1"),
    "actor with two identifiers": (put("actor", {**ASHA, **RHYS}), "actor", "Data 2.4.2.1"),
    "actor of an unknown type": (put("actor/objectType", "Person"), "actor.objectType", "Data 2.4.2"),
    "mailbox without mailto": (put("actor/mbox", "asha@council.example"), "actor.mbox", "Data 2.4.2.3"),
    "mailbox without domain": (put("actor/mbox", "mailto:asha"), "actor.mbox", "Data 2.4.2.3"),
    "mailbox that takes long to refuse": (
        put("actor/mbox", "mailto:a@" + "b" * 200_000 + "<"),
        "actor.mbox",
        "Data 2.4.2.3",
    ),
    "duration that takes long to refuse": (
        put("result/duration", "P" + "1" * 200_000 + "X"),
        "result.duration",
        "Data 4.6",
    ),
    "hash of 39 digits": (
        put("actor", {"mbox_sha1sum": "a" * 39}),
        "actor.mbox_sha1sum",
        "Data 2.4.2.3",
    ),
    "account without name": (
        put("actor", {"account": {"homePage": "https://x.example"}}),
        "actor.account.name",
        "Data 2.4.2.4",
    ),
    "account with an empty name": (
        put("actor", {"account": {"homePage": "https://x.example", "name": ""}}),
        "actor.account.name",
        "Data 2.4.2.4",
    ),
    "account with a number for a name": (
        put("actor", {"account": {"homePage": "https://x.example", "name": 12}}),
        "actor.account.name",
        "Data 2.4.2.4",
    ),
    "home page without scheme": (
        put("actor", {"account": {"homePage": "moodle.example", "name": "1"}}),
        "actor.account.homePage",
        "Data 4.3",
    ),
    "members in an agent": (put("actor/member", [ASHA]), "actor.member", "Data 2.2"),
    "anonymous group without members": (
        put("actor", {"objectType": "Group"}),
        "actor.member",
        "Data 2.4.2.2",
    ),
    "group within a group": (
        put("actor", {"objectType": "Group", "member": [{"objectType": "Group", **ASHA}]}),
        "actor.member[0].objectType",
        "Data 2.4.2.1",
    ),
    "verb without id": (put("verb/id", DROP), "verb.id", "Data 2.4.3"),
    "verb id without scheme": (put("verb/id", "completed"), "verb.id", "Data 4.3"),
    "verb id with a space": (put("verb/id", "http://x.example/a b"), "verb.id", "Data 4.3"),
    "display with a wrong tag": (put("verb/display", {"en_GB": "x"}), "verb.display.en_GB", "Data 4.2"),
    "display that is no text": (put("verb/display", {"en": 1}), "verb.display.en", "Data 4.2"),
    "object of an unknown type": (put("object/objectType", "Thing"), "object.objectType", "Data 2.4.4"),
    "object type in another case": (put("object/objectType", "activity"), "object.objectType", "Data 2.4.4"),
    "object type that is no text": (
        put("object/objectType", ["Activity"]),
        "object.objectType",
        "Data 2.4.4",
    ),
    "activity without id": (put("object/id", DROP), "object.id", "Data 2.4.4.1"),
    "reference without id": (put("object", {"objectType": "StatementRef"}), "object.id", "Data 2.4.4.3"),
    "unknown interaction": (
        put("object/definition/interactionType", "essay"),
        "object.definition.interactionType",
        "Data 2.4.4.1",
    ),
    "interaction without its type": (
        put("object/definition/interactionType", DROP),
        "object.definition.choices",
        "Data 2.4.4.1",
    ),
    "components of another interaction": (
        put("object/definition/scale", CHOICES),
        "object.definition.scale",
        "Data 2.4.4.1",
    ),
    "two components of one id": (
        put("object/definition/choices/1/id", "a"),
        "object.definition.choices",
        "Data 2.4.4.1",
    ),
    "extension whose key is no IRI": (
        put("object/definition/extensions", {"grade": 1}),
        "object.definition.extensions.grade",
        "Data 4.1",
    ),
    "scaled score above one": (put("result/score/scaled", 1.01), "result.score.scaled", "Data 2.4.5.1"),
    "score that is true": (put("result/score/raw", True), "result.score.raw", "Data 2.2"),
    "raw score above the most": (put("result/score/raw", 101), "result.score.raw", "Data 2.4.5.1"),
    "raw score below the least": (put("result/score/raw", -1), "result.score.raw", "Data 2.4.5.1"),
    "least score above the most": (put("result/score/min", 200), "result.score.min", "Data 2.4.5.1"),
    "success as a text": (put("result/success", "true"), "result.success", "Data 2.2"),
    "duration with weeks and days": (put("result/duration", "P4W1D"), "result.duration", "Data 4.6"),
    "registration that is no UUID": (put("context/registration", "x"), "context.registration", "Data 4.4"),
    "team that is an agent": (put("context/team", ASHA), "context.team", "Data 2.4.2"),
    "unknown relation": (
        put("context/contextActivities/sibling", []),
        "context.contextActivities.sibling",
        "Data 2.2",
    ),
    "context activity that is none": (
        put("context/contextActivities/parent", [{"id": "x"}]),
        "context.contextActivities.parent[0].id",
        "Data 4.3",
    ),
    "language that is none": (put("context/language", "English please"), "context.language", "Data 4.2"),
    "reference in the context of another type": (
        put("context/statement", COURSE),
        "context.statement.objectType",
        "Data 2.4.4.3",
    ),
    "revision without an activity": (
        put("object", {"objectType": "Agent", **ASHA}),
        "context.revision",
        "Data 2.4.6",
    ),
    "timestamp with an unknown zone": (
        put("timestamp", "2026-03-02T09:00:00-00:00"),
        "timestamp",
        "Data 4.5",
    ),
    "timestamp on no day": (put("timestamp", "2026-02-30T09:00:00Z"), "timestamp", "Data 4.5"),
    "timestamp before time began": (put("timestamp", "0001-01-01T00:00:00+14:00"), "timestamp", "Data 4.5"),
    "timestamp that is a day": (put("timestamp", "2026-03-02"), "timestamp", "Data 4.5"),
    "timestamp that is a number": (put("timestamp", 1772442000), "timestamp", "Data 4.5"),
    "version of another generation": (put("version", "2.0.0"), "version", "Data 2.4.10"),
    "authority of three": (
        put("authority", {"objectType": "Group", "member": [ASHA, RHYS, ASHA]}),
        "authority",
        "Data 2.4.9",
    ),
    "authority that is an identified group": (
        put("authority", {"objectType": "Group", **ASHA, "member": [ASHA, RHYS]}),
        "authority",
        "Data 2.4.9",
    ),
    "attachment without display": (
        put("attachments/0/display", DROP),
        "attachments[0].display",
        "Data 2.4.11",
    ),
    "attachment of no media type": (
        put("attachments/0/contentType", "pdf"),
        "attachments[0].contentType",
        "Data 2.4.11",
    ),
    "attachment of a length in text": (
        put("attachments/0/length", "3"),
        "attachments[0].length",
        "Data 2.4.11",
    ),
    "attachment with a short hash": (put("attachments/0/sha2", "abc"), "attachments[0].sha2", "Data 2.4.11"),
    "voiding an activity": (
        put("verb/id", "http://adlnet.gov/expapi/verbs/voided"),
        "object",
        "Data 2.3.2",
    ),
}


def test_a_statement_with_every_property_is_valid() -> None:
    check_statement(whole())


@pytest.mark.parametrize("change", VALID.values(), ids=VALID.keys())
def test_a_statement_stays_valid_with(change: Callable[[dict[str, Any]], None]) -> None:
    statement = whole()
    change(statement)
    check_statement(statement)


@pytest.mark.parametrize(("change", "path", "rule"), INVALID.values(), ids=INVALID.keys())
def test_a_statement_is_refused_with(change: Callable[[dict[str, Any]], None], path: str, rule: str) -> None:
    statement = whole()
    change(statement)
    with pytest.raises(Invalid) as fault:
        check_statement(statement)
    assert (fault.value.path, fault.value.rule) == (path, rule)


@pytest.mark.parametrize("value", [None, 7, "x", [], True, 1.5])
def test_a_value_that_is_no_object_is_no_statement(value: Any) -> None:
    with pytest.raises(Invalid):
        check_statement(value)


INNER = {"objectType": "SubStatement", "actor": ASHA, "verb": {"id": "http://x.example/v"}, "object": COURSE}


def test_a_sub_statement_is_checked_like_a_statement() -> None:
    check_statement({"actor": RHYS, "verb": {"id": "http://x.example/planned"}, "object": INNER})


@pytest.mark.parametrize("name", ["id", "stored", "version", "authority"])
def test_a_sub_statement_has_no(name: str) -> None:
    inner = INNER | {name: whole()[name]}
    with pytest.raises(Invalid) as fault:
        check_statement({"actor": RHYS, "verb": {"id": "http://x.example/planned"}, "object": inner})
    assert fault.value.path == f"object.{name}"


def test_a_sub_statement_holds_no_other() -> None:
    nested = INNER | {"object": INNER}
    with pytest.raises(Invalid) as fault:
        check_statement({"actor": RHYS, "verb": {"id": "http://x.example/planned"}, "object": nested})
    assert fault.value.path == "object.object.objectType"


@pytest.mark.parametrize("generation", builders.GENERATIONS)
def test_what_moodle_sends_is_valid(generation: str) -> None:
    check_statement(builders.moodle_course_completed(generation=generation))
    check_statement(builders.moodle_module(generation=generation))
    check_statement(builders.moodle_quiz_attempt(success=False, scaled=0.2, generation=generation))
    check_statement(builders.moodle_scorm(generation=generation))


def test_a_fault_names_no_personal_value() -> None:
    statement = whole()
    statement["actor"]["mbox"] = "asha@council.example"
    with pytest.raises(Invalid) as fault:
        check_statement(statement)
    assert "asha" not in str(fault.value)
