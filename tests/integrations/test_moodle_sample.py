"""`passport sample moodle`: a batch as Moodle would send it, that counts today."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from integrations.moodle.recogniser import INFO
from integrations.moodle.sample import course_completions
from passport_service.evidence import said
from passport_service.xapi.statement import check_statement
from tests import builders as sent
from tests.integrations.test_log_store_reference import REFERENCE
from tests.integrations.test_what_platforms_say import recognisers

SLUGS = (
    "corporate_governance",
    "mca",
    "case_system",
    "safeguarding_adults",
    "safeguarding_children",
    "assistive_technology",
    "basic_ot",
)
COURSES = {slug: (f"{sent.MOODLE}/course/view.php?id={n}", slug.title()) for n, slug in enumerate(SLUGS, 2)}
NOW = datetime(2026, 4, 20, 13, 37, 5, 123456, tzinfo=UTC)


def batch(generation: str = "", now: datetime = NOW) -> list[dict]:
    return course_completions(
        home_page=sent.MOODLE, name="12", courses=COURSES, now=now, generation=generation
    )


@pytest.mark.parametrize("generation", ["", "current", "4", "3"])
def test_it_says_that_the_person_completed_each_of_the_seven_courses(generation):
    answers = [said(one, recognisers()) for one in batch(generation)]
    assert [one.activity_ids[0] for one in answers] == [activity for activity, _ in COURSES.values()]
    assert {(one.platform, str(one.meaning), one.is_course) for one in answers} == {
        ("moodle", "completed", True)
    }
    assert {one["actor"]["account"]["name"] for one in batch(generation)} == {"12"}


def test_like_moodle_it_sends_no_ids_no_results_and_whole_seconds():
    for one in batch():
        assert {"id", "result", "stored", "version"}.isdisjoint(one)
        assert datetime.fromisoformat(one["timestamp"]).microsecond == 0
        assert datetime.fromisoformat(one["timestamp"]).utcoffset() is not None


@pytest.mark.parametrize("day", [date(2026, 1, 1) + timedelta(days=days) for days in range(0, 365, 31)])
def test_every_date_is_a_weekday_of_the_last_months(day):
    now = datetime(day.year, day.month, day.day, 0, 5, tzinfo=UTC)
    moments = [datetime.fromisoformat(one["timestamp"]) for one in batch(now=now)]
    assert moments == sorted(moments)
    assert all(timedelta() < now - moment < timedelta(days=150) for moment in moments)
    assert all(moment.weekday() < 5 for moment in moments)


def test_the_same_request_gives_the_same_batch_and_it_is_json():
    assert batch() == batch()
    assert json.loads(json.dumps(batch())) == batch()


def test_an_unknown_generation_is_refused():
    with pytest.raises(ValueError, match="generation 2"):
        batch("2")


def shape(value, path=""):
    """Paths of a JSON value; items of a list count as one, and so does what Moodle says of its own versions."""
    if isinstance(value, dict) and not path.endswith(INFO):
        return {found for key, one in value.items() for found in shape(one, f"{path}/{key}")}
    if isinstance(value, list):
        return {found for one in value for found in shape(one, f"{path}[]")}
    return {path}


@pytest.mark.skipif(not REFERENCE.is_dir(), reason=f"no reference statements at {REFERENCE}")
@pytest.mark.parametrize(("generation", "release"), [("3", "v3.0.2"), ("4", "v4.0.0"), ("current", "v4.8.0")])
@pytest.mark.parametrize("made", ["sample", "builder"])
def test_the_shapes_are_those_of_the_release(generation, release, made):
    rows = json.loads((REFERENCE / "by_version.json").read_text(encoding="utf-8"))["rows"]
    (expected,) = next(
        row["statements"] for row in rows if row["first_tag"] == release and "course_completed" in row["test"]
    )
    ours = batch(generation)[0] if made == "sample" else sent.moodle_course_completed(generation=generation)
    on_the_wire = {"/timestamp", "/context/registration"}  # though the plugin's own tests may leave them out
    assert shape(ours) - on_the_wire == shape(expected) - on_the_wire
    assert ours["verb"]["id"] == expected["verb"]["id"]
    assert ours["object"]["definition"]["type"] == expected["object"]["definition"]["type"]


@pytest.mark.parametrize("generation", sent.GENERATIONS)
def test_the_standard_accepts_the_batch(generation):
    for one in batch(generation):
        check_statement(one)
