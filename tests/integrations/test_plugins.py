"""A new platform is one new folder and no edit elsewhere; a broken one is named."""

import sys
from pathlib import Path

import pytest

from passport_service import plugins
from passport_service.evidence import Meaning, said, say
from passport_service.plugins import PluginFailed, Plugins, Rank, load
from tests import builders as sent

HERE = Path(__file__).resolve().parents[2] / "integrations"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Writes modules that can be imported for the length of a test."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)

    def write(name: str, text: str) -> str:
        path = tmp_path / f"{name.replace('.', '/')}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return name

    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


NEW_PLATFORM = """
from passport_service.evidence import Meaning, say

class Recogniser:
    name = "new"
    verbs = frozenset({"https://new.example/done"})
    def recognise(self, statement):
        return say(statement, Meaning.COMPLETED, self.name)

def register(plugins):
    plugins.add_recogniser(Recogniser())
    plugins.add_course_types({"https://new.example/course"})
"""


def test_every_shipped_folder_registers():
    loaded = load(["integrations.*"], installed=False)
    assert {one.name for one in loaded.recognisers} == {"moodle", "cmi5", "open_edx", "generic"}
    assert set(loaded.deliveries) == {"outbox_file", "smtp"}
    assert (set(loaded.pullers), set(loaded.forwarders)) == ({"lrs"}, {"lrs", "webhook"})
    assert set(loaded.samples) == {"moodle"}


def test_the_wildcard_names_each_folder(monkeypatch):
    named = [f"integrations.{one.name}" for one in HERE.iterdir() if (one / "__init__.py").exists()]
    asked = []
    monkeypatch.setattr(plugins, "_register", lambda name, _: asked.append(name))
    load(["integrations.*"], installed=False)
    assert asked == sorted(named)


def test_recognisers_are_asked_from_the_most_specific_to_the_generic_whatever_the_order_of_loading():
    loaded = load(["integrations.generic", "integrations.moodle", "integrations.cmi5"], installed=False)
    assert [one.name for one in loaded.recognisers] == ["cmi5", "moodle", "generic"]


def test_a_new_platform_is_one_new_module(folder):
    name = folder("new_platform", NEW_PLATFORM)
    loaded = load(["integrations.*", name], installed=False)
    course = sent.activity("https://new.example/1", "https://new.example/course")
    answer = said(sent.statement("https://new.example/done", course), loaded.recognisers)
    assert (answer.platform, answer.is_course) == ("new", True)


def test_a_type_that_one_platform_calls_a_course_is_one_when_another_sends_it(folder):
    loaded = load(["integrations.generic", folder("new_platform", NEW_PLATFORM)], installed=False)
    course = sent.activity("https://elsewhere.example/1", "https://new.example/course")
    assert said(sent.statement("completed", course), loaded.recognisers).is_course is True


def test_a_plugin_named_twice_is_loaded_once(folder):
    name = folder("new_platform", NEW_PLATFORM)
    assert len(load([name, name], installed=False).recognisers) == 1


BROKEN = {
    "not_there": (None, "not_there cannot be imported"),
    "no_register": ("x = 1", "no_register has no register"),
    "syntax_error": ("def", "syntax_error cannot be imported"),
    "fails_to_import": ("1 / 0", "fails_to_import cannot be imported"),
    "fails_to_register": (
        "def register(plugins): raise ValueError('no key')",
        "fails_to_register did not register: no key",
    ),
    "same_name": (NEW_PLATFORM.replace('"new"', '"moodle"'), "already a recogniser named moodle"),
}


@pytest.mark.parametrize(
    ("name", "text", "said"), [(name, *given) for name, given in BROKEN.items()], ids=BROKEN
)
def test_a_broken_plugin_is_named(folder, name, text, said):
    if text is not None:
        folder(name, text)
    with pytest.raises(PluginFailed, match=name) as failure:
        load(["integrations.moodle", name], installed=False)
    assert said in str(failure.value)


def test_a_package_of_plugins_that_is_not_there_is_named():
    with pytest.raises(PluginFailed, match="nowhere"):
        load(["nowhere.*"], installed=False)


def test_installed_plugins_of_third_parties_are_found_by_their_entry_point(folder, monkeypatch):
    name = folder("third_party", NEW_PLATFORM)

    class Entry:
        def __init__(self):
            self.name, self.module = "third", name

    asked = []
    monkeypatch.setattr(plugins, "entry_points", lambda *, group: asked.append(group) or [Entry()])
    assert [one.name for one in load([]).recognisers] == ["new"]
    assert asked == ["passport_service.integrations"]


def test_a_name_is_used_once():
    registry = Plugins()
    registry.add_delivery("paper", lambda settings: lambda message: None)
    with pytest.raises(ValueError, match="already a delivery named paper"):
        registry.add_delivery("paper", lambda settings: lambda message: None)


def test_a_rank_decides_before_the_order_of_adding():
    class One:
        verbs = frozenset({sent.VERBS["completed"]})

        def __init__(self, name):
            self.name = name

        def recognise(self, statement):
            return say(statement, Meaning.COMPLETED, self.name)

    registry = Plugins()
    registry.add_recogniser(One("last"), Rank.ANY)
    registry.add_recogniser(One("second"))
    registry.add_recogniser(One("first"), Rank.DECLARED)
    assert [one.name for one in registry.recognisers] == ["first", "second", "last"]
    assert said(sent.statement(), registry.recognisers).platform == "first"
