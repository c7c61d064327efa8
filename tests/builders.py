"""Builders of statements as learning platforms really send them, in our own words, of invented people.

Each returns a fresh dict. ``who`` is (home page, account name); other parts have defaults that a test
replaces when it speaks of them. Moodle's have no id, as on the wire.
"""

from typing import Any
from uuid import UUID

Statement = dict[str, Any]

ADL = "http://adlnet.gov/expapi"
TINCAN = "http://id.tincanapi.com"
EDLM = "https://xapi.edlm/profiles/edlm-lms/concepts"
CMI5 = "https://w3id.org/xapi/cmi5"
ADL_VERBS = "https://w3id.org/xapi/adl/verbs"

MOODLE = "https://moodle.example"
OPEN_EDX = "https://learn.example"
CMI5_LMS = "https://cmi5.example"
ASHA = (MOODLE, "12")
WHEN = "2026-03-02T09:00:00+00:00"
SESSION = str(UUID(int=0x5E5510))
ENROLMENT = str(UUID(int=0xE1201))

GENERATIONS = ("3", "4", "current")

VERBS = {
    "completed": f"{ADL}/verbs/completed",
    "passed": f"{ADL}/verbs/passed",
    "failed": f"{ADL}/verbs/failed",
    "answered": f"{ADL}/verbs/answered",
    "satisfied": f"{ADL_VERBS}/satisfied",
    "waived": f"{ADL_VERBS}/waived",
    "uncompleted": f"{EDLM}/verbs/uncompleted",
    "voided": f"{ADL}/verbs/voided",
}


def account(who: tuple[str, str] = ASHA) -> Statement:
    """An agent known by an account."""
    return {"objectType": "Agent", "account": {"homePage": who[0], "name": who[1]}}


def mailbox(address: str = "asha@council.example") -> Statement:
    """An agent known by a mailbox."""
    return {"objectType": "Agent", "mbox": f"mailto:{address}"}


def activity(activity_id: str, kind: str | None = None, name: str | None = None) -> Statement:
    """An activity; without type and name it has no definition."""
    definition: Statement = {}
    if kind:
        definition["type"] = kind
    if name:
        definition["name"] = {"en": name}
    return {"objectType": "Activity", "id": activity_id} | ({"definition": definition} if definition else {})


def statement(
    verb: str = "completed",
    target: Statement | None = None,
    *,
    actor: Statement | None = None,
    at: str = WHEN,
    **more: Any,
) -> Statement:
    """A plain statement; ``verb`` is a word of VERBS or a whole id."""
    return {
        "actor": actor or account(),
        "verb": {"id": VERBS.get(verb, verb), "display": {"en": verb.rsplit("/", 1)[-1]}},
        "object": target or activity(f"{MOODLE}/course/view.php?id=7"),
        "timestamp": at,
        **more,
    }


# Moodle


def moodle_course_completed(
    number: int = 7, *, who: tuple[str, str] = ASHA, at: str = WHEN, generation: str = "current"
) -> Statement:
    """A course completed; there is no result, and the registration is that of the sending session."""
    target = _moodle_activity(f"course/view.php?id={number}", _moodle_course_type(generation), generation)
    event = "core\\event\\course_completed"
    return _moodle(_moodle_verb(generation), target, event, who, at, generation)


def moodle_module(
    verb: str = "completed",
    *,
    path: str = "mod/page/view.php?id=31",
    kind: str | None = None,
    result: Statement | None = None,
    who: tuple[str, str] = ASHA,
    at: str = WHEN,
    generation: str = "current",
) -> Statement:
    """A page, book, quiz or SCORM module completed or uncompleted, inside course 7."""
    old = f"{TINCAN}/activitytype/lms/module"
    kind = kind or (f"{TINCAN}/activitytype/page" if generation == "current" else old)
    target = _moodle_activity(path, kind, generation)
    verb_id = _moodle_verb(generation) if verb == "completed" else VERBS.get(verb, verb)
    sent = _moodle(verb_id, target, "core\\event\\course_module_completion_updated", who, at, generation)
    course = _moodle_activity("course/view.php?id=7", _moodle_course_type(generation), generation)
    around = sent["context"]["contextActivities"]
    around.setdefault("parent" if generation == "current" else "grouping", []).append(course)
    return sent | ({"result": result} if result is not None else {})


def moodle_quiz_attempt(*, success: bool = True, scaled: float = 0.8, **more: Any) -> Statement:
    """A quiz attempt handed in; a failed one is completed too, with success false."""
    score = {"min": 0, "max": 100, "raw": round(scaled * 100), "scaled": scaled}
    result = {"completion": True, "success": success, "score": score, "duration": "PT12M"}
    kind = f"{ADL}/activities/attempt"
    return moodle_module(path="mod/quiz/attempt.php?attempt=5&cmid=31", kind=kind, result=result, **more)


def moodle_scorm(**more: Any) -> Statement:
    """A SCORM object completed, and just so when it was failed: the plugin does not say."""
    kind = f"{EDLM}/activity-types/scorm-content-object"
    return moodle_module(path="mod/scorm/view.php?id=31#sco", kind=kind, **more)


def _moodle_verb(generation: str) -> str:
    return f"{TINCAN}/verb/completed" if generation == "3" else VERBS["completed"]


def _moodle_course_type(generation: str) -> str:
    return f"{CMI5}/activitytype/course" if generation == "current" else f"{TINCAN}/activitytype/lms/course"


def _moodle_activity(path: str, kind: str, generation: str) -> Statement:
    target = activity(f"{MOODLE}/{path}", kind, "Some title")
    return target if generation == "current" else _untyped(target)


def _untyped(target: Statement) -> Statement:
    return {key: value for key, value in target.items() if key != "objectType"}


def _moodle(
    verb: str, target: Statement, event: str, who: tuple[str, str], at: str, generation: str
) -> Statement:
    current = generation == "current"
    site = activity(MOODLE, f"{TINCAN}/activitytype/lms", "Learning site")
    source = activity("http://moodle.org", f"{TINCAN}/activitytype/source", "Moodle")
    around = (
        {"category": [site]} if current else {"grouping": [_untyped(site)], "category": [_untyped(source)]}
    )
    info = {
        "http://moodle.org": "4.5",
        "https://github.com/xAPI-vle/moodle-logstore_xapi": "v5",
        "event_name": f"\\{event}",
    }
    return {
        "actor": {"name": "Asha Example", "account": {"homePage": who[0], "name": who[1]}},
        "verb": {"id": verb, "display": {"en": "Completed"}},
        "object": target,
        "timestamp": at,
        "context": {
            **({} if current else {"platform": "Moodle"}),
            "language": "en",
            "registration": SESSION,
            "extensions": {"http://lrs.learninglocker.net/define/extensions/info": info},
            "contextActivities": around,
        },
    }


# cmi5


def cmi5(
    verb: str,
    target: Statement,
    *,
    grouping: tuple[str, ...] = (),
    registration: str = ENROLMENT,
    who: tuple[str, str] = (CMI5_LMS, "asha"),
    result: Statement | None = None,
    at: str = "2026-03-02T09:00:00.125Z",
) -> Statement:
    """A statement of the profile: its category, a session, and the enrolment as registration."""
    around: Statement = {"category": [{"id": f"{CMI5}/context/categories/cmi5"}]}
    if grouping:
        around["grouping"] = [{"id": one} for one in grouping]
    context = {
        "registration": registration,
        "contextActivities": around,
        "extensions": {f"{CMI5}/context/extensions/sessionid": "session-1"},
    }
    sent = statement(verb, target, actor=account(who), at=at, context=context)
    return sent | ({"result": result} if result is not None else {})


def cmi5_course_satisfied(
    *,
    course: str = f"{CMI5_LMS}/courses/41",
    publisher: str = "https://publisher.example/mca/v3",
    **more: Any,
) -> Statement:
    """The course satisfied; its own id is the learning system's, the publisher's is in the grouping."""
    target = activity(course, f"{CMI5}/activitytype/course")
    return cmi5("satisfied", target, grouping=(publisher,), **more)


def cmi5_block_satisfied(
    *, publisher: str = "https://publisher.example/mca/v3/block/1", **more: Any
) -> Statement:
    """A block satisfied, which is not the course."""
    target = activity(f"{CMI5_LMS}/courses/41/blocks/1", f"{CMI5}/activitytype/block")
    return cmi5("satisfied", target, grouping=(publisher,), **more)


def cmi5_unit(verb: str = "completed", *, kind: str | None = None, **more: Any) -> Statement:
    """A unit completed, passed or failed by its content; the grouping is the publisher's id of the unit."""
    result = {"completion": True} if verb == "completed" else {"success": verb == "passed"}
    target = activity(f"{CMI5_LMS}/courses/41/units/1", kind)
    grouping = more.pop("grouping", ("https://publisher.example/mca/v3/unit/1",))
    return cmi5(verb, target, grouping=grouping, result=result | {"duration": "PT20M"}, **more)


def cmi5_unit_waived(*, reason: str = "Tested Out", **more: Any) -> Statement:
    """A unit waived by the learning system: without grouping, moments before the course's satisfied."""
    extensions = {f"{CMI5}/result/extensions/reason": reason}
    result = {"completion": True, "success": True, "extensions": extensions}
    target = activity(f"{CMI5_LMS}/courses/41/units/1")
    return cmi5("waived", target, result=result, **more)


# Others


def open_edx_course(
    verb: str = "passed", *, run: str = "course-v1:Council+MCA+2026", **more: Any
) -> Statement:
    """A course passed or failed, by event routing: with an id, no result, an empty extensions object."""
    target = activity(f"{OPEN_EDX}/course/{run}", f"{ADL}/activities/course", "Mental Capacity Act")
    target["definition"]["extensions"] = {}
    learner = account((OPEN_EDX, str(UUID(int=77))))
    given = {"id": str(UUID(int=0x0EDC)), "version": "1.0.3", **more}
    return statement(verb, target, actor=learner, at="2026-03-02T09:00:00.917775+00:00", **given)


def open_edx_block(verb: str = "completed", **more: Any) -> Statement:
    """A block inside a course."""
    block = "block-v1:Council+MCA+2026+type@problem+block@7c54"
    target = activity(f"{OPEN_EDX}/xblock/{block}", f"{TINCAN}/activitytype/resource")
    router = {"https://w3id.org/xapi/openedx/extension/transformer-version": "event-routing-backends@7"}
    return statement(verb, target, actor=account((OPEN_EDX, "77")), context={"extensions": router}, **more)


def open_edx_enterprise(scaled: float = 0.9, *, success: bool = True) -> Statement:
    """A course completed, by the enterprise channel: to a mailbox, with score, success and completion."""
    target = activity(f"{OPEN_EDX}/xapi/activities/course/Council+MCA", f"{ADL}/activities/course", "MCA")
    target["definition"]["extensions"] = {f"{OPEN_EDX}/course/key": "Council+MCA"}
    score = {"scaled": scaled, "raw": scaled * 100, "min": 0, "max": 100}
    result = {"score": score, "success": success, "completion": success}
    return statement("completed", target, actor=mailbox(), result=result)


def trax_course_completed() -> Statement:
    """Moodle through Trax Logs: a generated activity id, completion true."""
    target = activity(
        f"{MOODLE}/xapi/activities/course/{UUID(int=9)}", "http://vocab.xapi.fr/activities/course", "MCA"
    )
    profile = activity("http://vocab.xapi.fr/categories/vle-profile", f"{ADL}/activities/profile")
    context = {"platform": "Moodle", "contextActivities": {"category": [profile]}}
    return statement("completed", target, result={"completion": True}, context=context)


def articulate(verb: str = "passed", *, rise: bool = False, scaled: float = 0.9, **result: Any) -> Statement:
    """A Storyline or Rise package: passed or completed; failed may carry completion true."""
    package = "http://QcW0aH_rise" if rise else "urn:articulate:storyline:5qAzBcd"
    given = {"score": {"scaled": scaled}, "success": verb == "passed", "completion": True, **result}
    target = activity(package, f"{ADL}/activities/course", "Safeguarding adults")
    return statement(verb, target, result=given, context={"registration": SESSION})


def h5p_completed(raw: int = 4, most: int = 5) -> Statement:
    """Interactive content completed: to a mailbox, with a score and nothing else."""
    score = {"min": 0, "max": most, "raw": raw, "scaled": raw / most}
    library = {"id": "http://h5p.org/libraries/H5P.QuestionSet-1.20", "objectType": "Activity"}
    target = activity("https://content.example/h5p/embed/3", None, "Quiz on capacity")
    context = {"contextActivities": {"category": [library]}}
    return statement("completed", target, actor=mailbox(), result={"score": score}, context=context)


def linkedin_completed(number: int = 252) -> Statement:
    """A LinkedIn Learning course: to a mailbox, completion true and a duration."""
    target = activity(f"urn:lyndaCourse:{number}", f"{ADL}/activities/course")
    result = {"completion": True, "duration": "PT1H2M"}
    return statement("completed", target, actor=mailbox(), result=result, id=str(UUID(int=number)))
