"""What recognisers share: who is asked, in which order, and readings that never stumble."""

from hypothesis import given
from hypothesis import strategies as st

from passport_service.evidence import (
    Meaning,
    Recognisers,
    VerbRecogniser,
    context_ids,
    registration_of,
    said,
    say,
)

DONE = "https://example.org/done"
ACTOR = {"mbox": "mailto:asha@council.example"}


class Named:
    """Recognises its verb, unless the activity is another's."""

    def __init__(self, name: str, verb: str = DONE, skips: str = ""):
        self.name, self.verbs, self.skips, self.asked = name, frozenset({verb}), skips, 0

    def recognise(self, statement):
        self.asked += 1
        if self.skips and self.skips in statement["object"]["id"]:
            return None
        return say(statement, Meaning.COMPLETED, self.name)


def statement(activity="https://example.org/a", **definition):
    target = {"id": activity} | ({"definition": definition} if definition else {})
    return {"actor": ACTOR, "verb": {"id": DONE}, "object": target}


def test_the_first_that_recognises_a_statement_answers():
    first, second = Named("first", skips="/b"), Named("second")
    both = Recognisers([first, second])
    assert said(statement(), both).platform == "first"
    assert said(statement("https://example.org/b"), both).platform == "second"
    assert second.asked == 1


def test_nobody_is_asked_about_a_verb_that_is_not_theirs():
    other = Named("other", "https://example.org/other")
    assert said(statement(), Recognisers([other])) is None
    assert other.asked == 0


def test_types_of_any_platform_settle_what_is_a_course():
    known = Recognisers([Named("one")], course_types={"t:course"}, other_types={"t:page", "t:course"})
    kinds = {kind: said(statement(type=kind), known).is_course for kind in ("t:course", "t:page", "t:odd")}
    assert kinds == {"t:course": True, "t:page": False, "t:odd": None}
    assert said(statement(), known).is_course is None


def test_further_candidates_come_after_the_activity_and_once_each():
    answer = say(statement("a:1"), Meaning.SATISFIED, "x", also=("a:2", "a:1", "a:2"))
    assert answer.activity_ids == ("a:1", "a:2")


def test_truth_is_not_read_as_a_score_nor_a_number_as_truth():
    odd = {**statement(), "result": {"success": 1, "completion": "yes", "score": {"scaled": True}}}
    answer = say(odd, Meaning.COMPLETED, "x")
    assert (answer.success, answer.completion, answer.scaled) == (None, None, None)


def test_a_councils_own_verb_can_be_given_a_meaning():
    retracts = VerbRecogniser("council", {DONE: Meaning.UNCOMPLETED})
    assert said(statement(), Recognisers([retracts])).meaning == "uncompleted"


def test_a_plain_list_of_recognisers_will_do():
    assert said(statement(), [Named("one")]).platform == "one"
    assert said(statement(), ()) is None


def test_recognisers_are_a_sequence():
    one, two = Named("one"), Named("two")
    both = Recognisers([one, two])
    assert (len(both), list(both), both[0], both[-1:]) == (2, [one, two], one, (two,))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = ("actor", "object", "result", "context")
PARTS = {
    "id": JSON,
    "definition": JSON | st.fixed_dictionaries({}, optional={"type": JSON, "name": JSON}),
    "mbox": JSON,
    "score": JSON | st.fixed_dictionaries({"scaled": JSON}),
    "contextActivities": JSON | st.fixed_dictionaries({"category": JSON, "grouping": JSON}),
    "extensions": JSON,
    "registration": JSON,
    "objectType": JSON,
}
LOOSE = st.fixed_dictionaries(
    {"verb": JSON | st.just({"id": DONE}) | st.fixed_dictionaries({"id": JSON})},
    optional=dict.fromkeys(KEYS, JSON | st.fixed_dictionaries({}, optional=PARTS)),
)


@given(LOOSE)
def test_no_json_makes_the_readings_stumble(loose):
    said(loose, Recognisers([Named("one")]))
    context_ids(loose, "grouping")
    registration_of(loose)
