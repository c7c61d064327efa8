"""Every row of what learning systems really send, told apart by the shipped recognisers (R2.1, R2.2)."""

from copy import deepcopy
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passport_service.evidence import Meaning, Recognisers, Said, said
from passport_service.plugins import load
from passport_service.xapi.statement import check_statement
from tests import builders as sent

SHIPPED = (
    "integrations.moodle",
    "integrations.cmi5",
    "integrations.open_edx",
    "integrations.generic",
)


@cache
def recognisers() -> Recognisers:
    return load(SHIPPED, installed=False).recognisers


def hear(statement: sent.Statement) -> Said:
    answer = said(statement, recognisers())
    assert answer is not None
    return answer


# what was sent, then: platform, meaning, is it a course
ROWS = [
    *(
        (f"Moodle {one}: course", sent.moodle_course_completed(generation=one), "moodle", "completed", True)
        for one in sent.GENERATIONS
    ),
    *(
        (f"Moodle {one}: module", sent.moodle_module(generation=one), "moodle", "completed", False)
        for one in sent.GENERATIONS
    ),
    ("Moodle: quiz attempt", sent.moodle_quiz_attempt(), "moodle", "completed", False),
    ("Moodle: SCORM", sent.moodle_scorm(), "moodle", "completed", False),
    ("Moodle: module uncompleted", sent.moodle_module("uncompleted"), "moodle", "uncompleted", False),
    ("cmi5: course", sent.cmi5_course_satisfied(), "cmi5", "satisfied", True),
    ("cmi5: block", sent.cmi5_block_satisfied(), "cmi5", "satisfied", False),
    ("cmi5: unit completed", sent.cmi5_unit("completed"), "cmi5", "completed", False),
    ("cmi5: unit passed", sent.cmi5_unit("passed"), "cmi5", "passed", False),
    ("cmi5: unit failed", sent.cmi5_unit("failed"), "cmi5", "failed", False),
    ("cmi5: unit waived", sent.cmi5_unit_waived(), "cmi5", "waived", False),
    ("Open edX: passed", sent.open_edx_course("passed"), "open_edx", "passed", True),
    ("Open edX: failed", sent.open_edx_course("failed"), "open_edx", "failed", True),
    ("Open edX: block", sent.open_edx_block(), "open_edx", "completed", False),
    ("Open edX: enterprise", sent.open_edx_enterprise(), "open_edx", "completed", True),
    ("Trax Logs", sent.trax_course_completed(), "generic", "completed", True),
    ("Storyline: passed", sent.articulate("passed"), "generic", "passed", True),
    ("Rise: completed", sent.articulate("completed", rise=True), "generic", "completed", True),
    ("Storyline: failed", sent.articulate("failed"), "generic", "failed", True),
    ("H5P", sent.h5p_completed(), "generic", "completed", None),
    ("LinkedIn Learning", sent.linkedin_completed(), "generic", "completed", True),
]


@pytest.mark.parametrize(
    ("statement", "platform", "meaning", "is_course"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_each_platform_is_heard_in_its_own_words(statement, platform, meaning, is_course):
    answer = hear(statement)
    assert (answer.platform, answer.meaning, answer.is_course) == (platform, meaning, is_course)
    assert answer.activity_ids[0] == statement["object"]["id"]


@pytest.mark.parametrize("statement", [row[1] for row in ROWS], ids=[row[0] for row in ROWS])
def test_the_standard_accepts_what_the_builders_make(statement):
    check_statement(statement)


RESULTS = [
    ("a Moodle course has no result", sent.moodle_course_completed(), (None, None, None)),
    ("a failed quiz is completed", sent.moodle_quiz_attempt(success=False, scaled=0.2), (False, True, 0.2)),
    ("a score may be negative", sent.moodle_quiz_attempt(scaled=-0.25), (True, True, -0.25)),
    ("a failed SCORM looks completed", sent.moodle_scorm(), (None, None, None)),
    ("Storyline fails yet completes", sent.articulate("failed", scaled=0.3), (False, True, 0.3)),
    ("H5P has a score only", sent.h5p_completed(4, 5), (None, None, 0.8)),
    ("LinkedIn has completion only", sent.linkedin_completed(), (None, True, None)),
    ("the enterprise channel has all", sent.open_edx_enterprise(0.9), (True, True, 0.9)),
    ("Trax has completion", sent.trax_course_completed(), (None, True, None)),
    ("a waiver is complete and successful", sent.cmi5_unit_waived(), (True, True, None)),
]


@pytest.mark.parametrize(
    ("statement", "result"), [row[1:] for row in RESULTS], ids=[row[0] for row in RESULTS]
)
def test_the_result_is_said_as_it_stands(statement, result):
    answer = hear(statement)
    assert (answer.success, answer.completion, answer.scaled) == result


def test_the_publishers_id_is_a_candidate_for_a_cmi5_course_after_its_own():
    answer = hear(
        sent.cmi5_course_satisfied(course="https://lms.example/c/1", publisher="https://pub.example/mca")
    )
    assert answer.activity_ids == ("https://lms.example/c/1", "https://pub.example/mca")


def test_a_satisfied_course_without_a_type_is_still_known_by_the_publishers_id():
    untyped = sent.cmi5(
        "satisfied", sent.activity("https://lms.example/c/1"), grouping=("https://pub.example/mca",)
    )
    answer = hear(untyped)
    assert (answer.is_course, answer.activity_ids[1]) == (None, "https://pub.example/mca")


@pytest.mark.parametrize(
    "statement",
    [
        sent.cmi5_block_satisfied(publisher="https://pub.example/mca"),
        sent.cmi5_unit(grouping=("https://pub.example/mca",)),
        sent.cmi5_unit("passed", kind=f"{sent.ADL}/activities/course", grouping=("https://pub.example/mca",)),
        sent.moodle_module(generation="3"),
        sent.moodle_course_completed(generation="3"),
    ],
    ids=["block", "unit", "unit that calls itself a course", "Moodle module", "Moodle course"],
)
def test_the_grouping_of_any_other_statement_is_no_candidate(statement):
    assert hear(statement).activity_ids == (statement["object"]["id"],)


def test_a_completed_course_of_the_cmi5_type_without_the_profile_is_not_a_cmi5_statement():
    course = sent.activity("https://lms.example/c/1", f"{sent.CMI5}/activitytype/course")
    around = {"contextActivities": {"grouping": [{"id": "https://pub.example/mca"}]}}
    answer = hear(sent.statement("completed", course, context=around))
    assert (answer.platform, answer.activity_ids) == ("generic", ("https://lms.example/c/1",))
    assert answer.is_course is True


def test_the_profile_is_known_by_a_category_that_stands_alone_too():
    statement = sent.cmi5_unit()
    around = statement["context"]["contextActivities"]
    around["category"] = around["category"][0]
    assert hear(statement).platform == "cmi5"


def test_a_cmi5_registration_is_the_enrolment_and_joins_waived_to_satisfied():
    waived, satisfied = hear(sent.cmi5_unit_waived()), hear(sent.cmi5_course_satisfied())
    assert waived.registration == satisfied.registration == sent.ENROLMENT


@pytest.mark.parametrize(
    "statement", [sent.moodle_course_completed(), sent.articulate()], ids=["Moodle", "Storyline"]
)
def test_other_registrations_mean_nothing(statement):
    assert "registration" in statement["context"]
    assert hear(statement).registration is None


def test_a_waiver_carries_the_reason_given_cut_to_a_readable_length():
    assert hear(sent.cmi5_unit_waived(reason="Administrative")).notes == ("Reason given: Administrative",)
    assert len(hear(sent.cmi5_unit_waived(reason="x" * 10_000)).notes[0]) < 250
    assert hear(sent.cmi5_unit_waived(reason=" ")).notes == ()


def test_a_scorm_object_carries_a_warning_for_whoever_would_map_it():
    assert "failed" in hear(sent.moodle_scorm()).notes[0]
    assert hear(sent.moodle_course_completed()).notes == ()


def test_a_section_of_a_moodle_course_is_not_the_course():
    section = sent.activity(f"{sent.MOODLE}/course/view.php?id=7&section=2", None)
    assert hear(sent.statement("completed", section)).is_course is False


def test_a_moodle_course_is_known_by_its_address_when_it_has_no_definition():
    assert (
        hear(sent.statement("completed", sent.activity(f"{sent.MOODLE}/course/view.php?id=7"))).is_course
        is True
    )


def test_totara_is_known_by_the_same_plugins_signature():
    statement = sent.moodle_course_completed()
    statement["object"]["id"] = "https://totara.example/totara/program/view.php?id=3"
    answer = hear(statement)
    assert (answer.platform, answer.is_course) == ("moodle", True)


def test_open_edx_with_old_course_keys_is_still_a_course():
    answer = hear(sent.open_edx_course(run="Council/MCA/2026"))
    assert (answer.meaning, answer.is_course) == ("passed", True)


def test_a_completed_statement_on_an_open_edx_course_is_said_as_completed():
    assert hear(sent.open_edx_course("completed")).meaning == Meaning.COMPLETED


def test_the_name_is_the_english_one_where_there_is_one():
    named = sent.statement("completed", {"id": "https://x.example/1", "definition": {"name": {"cy": "Cwrs"}}})
    assert hear(named).activity_name == "Cwrs"
    named["object"]["definition"]["name"]["en-GB"] = "Course"
    assert hear(named).activity_name == "Course"


JSON = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.just([])
    | st.just({})
    | st.just([{}])
)


@given(st.sampled_from([row[1] for row in ROWS]), st.data())
def test_no_recogniser_stumbles_over_a_part_that_is_not_what_it_should_be(statement, data):
    broken = deepcopy(statement)
    inner = broken
    while isinstance(inner, dict) and inner:
        key = data.draw(st.sampled_from(sorted(inner)))
        if data.draw(st.booleans()) or not isinstance(inner[key], dict):
            inner[key] = data.draw(JSON)
            break
        inner = inner[key]
    said(broken, recognisers())


IGNORED = {
    "a verb that means nothing here": sent.statement("answered"),
    "the verb of a passport of ours": sent.statement("https://passport.example/verbs/issued"),
    "voiding": sent.statement("voided", {"objectType": "StatementRef", "id": sent.SESSION}),
    "a reference as object": sent.statement("completed", {"objectType": "StatementRef", "id": sent.SESSION}),
    "a person as object": sent.statement("completed", sent.account()),
    "a statement within": sent.statement("completed", {"objectType": "SubStatement", "id": "x"}),
    "a group without an identifier": sent.statement(
        "completed", actor={"objectType": "Group", "member": [sent.account()]}
    ),
}


@pytest.mark.parametrize("statement", IGNORED.values(), ids=IGNORED)
def test_what_is_not_about_a_persons_completion_of_an_activity_is_ignored(statement):
    assert said(statement, recognisers()) is None


def test_an_identified_group_may_complete_a_course():
    group = {"objectType": "Group", "account": {"homePage": sent.MOODLE, "name": "team-a"}}
    assert hear(sent.statement("completed", actor=group)).meaning == Meaning.COMPLETED
