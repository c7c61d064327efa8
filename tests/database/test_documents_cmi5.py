"""A cmi5 launch, as the launching system and the launched unit play it against the store (cmi5 8 to 11)."""

from typing import Any
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from tests.database.learning_system import VERSION, Lms
from tests.database.sending import uid
from tests.database.test_documents import text

UNIT = "https://courses.example/safeguarding/unit-1"
PUBLISHED = "https://publisher.example/units/safeguarding-1"
AGENT = {"objectType": "Agent", "account": {"homePage": "https://lms.example", "name": "e9b2"}}
REGISTRATION = str(UUID(int=0x5EED, version=4))
SESSION = "https://w3id.org/xapi/cmi5/context/extensions/sessionid"
CATEGORY = {"id": "https://w3id.org/xapi/cmi5/context/categories/cmi5"}
TEMPLATE: dict[str, Any] = {
    "registration": REGISTRATION,
    "contextActivities": {"grouping": [{"id": PUBLISHED}]},
    "extensions": {SESSION: "session-1"},
}
LAUNCH_DATA = {
    "contextTemplate": TEMPLATE,
    "launchMode": "Normal",
    "moveOn": "CompletedAndPassed",
    "returnURL": UNIT,
}


class Launch:
    """Both sides of one session; each says what it does in the words of cmi5."""

    def __init__(self, lms: Lms) -> None:
        self.lms = lms
        self.said = 0

    def state(self, method: str, id: str | None, body: Any = None, **headers: str) -> TestResponse:
        asked = {"activityId": UNIT, "agent": text(AGENT), "registration": REGISTRATION}
        asked |= {} if id is None else {"stateId": id}
        return self.lms.call(method, body, path="activities/state", query_string=asked, headers=headers)

    def preferences(self, method: str, body: Any = None, **headers: str) -> TestResponse:
        asked = {"profileId": "cmi5LearnerPreferences", "agent": text(AGENT | {"name": "Asha"})}
        return self.lms.call(method, body, path="agents/profile", query_string=asked, headers=headers)

    def say(self, verb: str, **result: Any) -> TestResponse:
        self.said += 1
        category = [CATEGORY, *([{"id": f"{CATEGORY['id'].removesuffix('cmi5')}moveon"}] if result else [])]
        activities = {**TEMPLATE["contextActivities"], "category": category}
        return self.lms.call(
            "PUT",
            {
                "id": uid(self.said),
                "actor": AGENT,
                "verb": {"id": f"http://adlnet.gov/expapi/verbs/{verb}"},
                "object": {"objectType": "Activity", "id": UNIT, "definition": {"name": {"en-GB": "Unit 1"}}},
                "context": TEMPLATE | {"contextActivities": activities},
                "timestamp": "2026-03-02T09:00:00.000Z",
                **({"result": result} if result else {}),
            },
            query_string={"statementId": uid(self.said)},
        )


@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
def test_a_unit_is_launched_remembers_its_place_and_is_left(lms: Lms, version: str) -> None:
    """xAPI 1.0.3 Communication 2.3, 2.6; xAPI 2.0 4.1.6.2, 4.1.6.5."""
    lms.headers[VERSION] = version
    launch = Launch(lms)
    # The launching system prepares; nobody has stated preferences yet.
    assert launch.preferences("GET").status_code == 404
    assert (
        launch.preferences("PUT", {"languagePreference": "en-GB"}, **{"If-None-Match": "*"}).status_code
        == 204
    )
    assert launch.state("PUT", "LMS.LaunchData", LAUNCH_DATA, **{"If-None-Match": "*"}).status_code == 204

    # The unit begins as cmi5 says: launch data, then preferences, then initialized.
    assert launch.state("GET", "LMS.LaunchData").get_json() == LAUNCH_DATA
    preferences = launch.preferences("GET")
    assert preferences.get_json() == {"languagePreference": "en-GB"}
    assert launch.say("initialized").status_code == 204

    # It keeps a bookmark of its own form, and the learner turns the sound off.
    assert launch.state("GET", "bookmark").status_code == 404
    assert (
        launch.state("PUT", "bookmark", b"page=3;\x00\xff", **{"Content-Type": "text/plain"}).status_code
        == 204
    )
    changed = {"languagePreference": "en-GB", "audioPreference": "off"}
    tag = {"If-Match": preferences.headers["ETag"]}
    assert launch.preferences("PUT", changed, **tag).status_code == 204
    assert launch.preferences("PUT", {}, **tag).status_code == 412
    assert launch.say("completed", completion=True, duration="PT10M").status_code == 204
    assert launch.say("passed", success=True, score={"scaled": 0.9}, duration="PT10M").status_code == 204
    assert launch.say("terminated", duration="PT10M").status_code == 204

    # The next session of the same registration goes on where this one ended.
    assert launch.state("GET", None).get_json() == ["LMS.LaunchData", "bookmark"]
    assert launch.state("GET", "bookmark").data == b"page=3;\x00\xff"
    assert launch.preferences("GET").get_json() == changed
    found = lms.get(registration=REGISTRATION, activity=UNIT, ascending="true").get_json()["statements"]
    assert [one["verb"]["id"].rpartition("/")[2] for one in found] == [
        "initialized",
        "completed",
        "passed",
        "terminated",
    ]
    activity = lms.call("GET", path="activities", query_string={"activityId": UNIT}).get_json()
    assert activity["definition"] == {"name": {"en-GB": "Unit 1"}}
