"""The very place that a fault names is marked in what was sent."""

import orjson
import pytest

from passport_service.web.json_lines import lines_of, steps_of, text_lines
from passport_service.xapi.errors import step

BATCH = [
    {"actor": {"mbox": "mailto:a@council.example"}, "verb": {"id": "https://v.example/x"}, "object": {}},
    {"actor": {"account": {"homePage": "https://moodle.example", "name": "12"}, "member": []}, "result": {"extensions": {
        "https://e.example/a.b": 1, "https://e.example/c": [1, 2]}}},
]  # fmt: skip


def marked(value, path):
    return [one.text.strip() for one in lines_of(value, path) if one.is_marked]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("[0].actor.mbox", ['"mbox": "mailto:a@council.example"']),
        ("[0].verb", ['"verb": {', '"id": "https://v.example/x"', "},"]),
        ("[0].object", ['"object": {}']),
        ("[1].actor.account.name", ['"name": "12"']),
        ("[1].actor.member", ['"member": []']),
        ('[1].result.extensions["https://e.example/a.b"]', ['"https://e.example/a.b": 1,']),
        ('[1].result.extensions["https://e.example/c"][1]', ["2"]),
        ('[1].result.extensions["https://e.example/c…"]', ['"https://e.example/c": [', "1,", "2", "]"]),
    ],
)
def test_what_a_path_leads_to_is_marked(path, expected):
    assert marked(BATCH, path) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("[1].actor.account.nothing", '"account": {'),
        ("[1].verb", "{"),
        ("[7].actor", "["),
        ("[0].actor.mbox.x", '"mbox": "mailto:a@council.example"'),
    ],
)  # fmt: skip
def test_where_something_is_missing_the_innermost_part_that_is_there_is_marked(path, expected):
    assert marked(BATCH, path) == [expected]


@pytest.mark.parametrize("path", ["", "Content-Type: x", "[x]", "a b"])
def test_what_is_no_path_marks_nothing(path):
    assert marked(BATCH, path) == []


@pytest.mark.parametrize("key", ["actor", 3, "https://e.example/a.b", "x" * 100])
def test_every_step_that_a_fault_writes_is_understood(key):
    found = steps_of(step(key))
    assert found == [key] or (str(key).startswith(str(found[0])[:-1]) and str(found[0]).endswith("…"))


def test_lines_are_those_of_the_indented_text():
    assert (
        "\n".join(one.text for one in lines_of(BATCH))
        == orjson.dumps(BATCH, option=orjson.OPT_INDENT_2).decode()
    )


def test_a_body_that_is_no_json_is_marked_where_reading_failed():
    found = text_lines(b'[{"actor": 1},\n {"verb" 2}]', 10)
    assert [one.number for one in found if one.is_marked] == [2]


def test_a_long_line_is_cut_around_the_fault():
    found = text_lines(b"[" + b"1," * 50_000 + b"}]", 10)
    assert [one.is_marked for one in found] == [True]
    assert "}]" in found[0].text
    assert len(found[0].text) < 500


def test_control_characters_are_never_shown():
    assert "\x1b" not in text_lines(b"\x1b[31m\x00", 10)[0].text
