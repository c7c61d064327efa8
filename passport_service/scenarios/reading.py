"""From a file to a story: YAML 1.2, every key known, every value of its kind, before anything is played."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode

from passport_service.domain.errors import Refused
from passport_service.domain.policy import build
from passport_service.scenarios import values, words
from passport_service.scenarios.cast import read_catalogue, read_people
from passport_service.scenarios.story import Malformed, NotBuilt, Question, Step, Story

FILE_KEYS = ("name", "policy", "settings", "catalogue", "may_waive", "people", "jobs", "story")
LARGEST = 5_000_000


class _Constructor(SafeConstructor):
    """Leaves timestamps as they are written: which of them are days and which moments depends on the key."""


def _as_written(_: SafeConstructor, node: ScalarNode) -> str:
    return str(node.value)


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", _as_written)


def read_file(path: Path) -> Story:
    """The story in a file. Raises Malformed."""
    try:
        if path.stat().st_size > LARGEST:
            raise Malformed("this file is too large for a story")
        return read_text(path.read_text(encoding="utf-8"), name=path.stem)
    except (OSError, UnicodeDecodeError) as fault:
        raise Malformed(f"cannot be read: {fault}") from None


def read_text(text: str, *, name: str = "a story") -> Story:
    """The story in a YAML text. Raises Malformed naming step and key."""
    parser = YAML(typ="safe", pure=True)
    parser.Constructor = _Constructor
    try:
        parsed = parser.load(text)
    except (YAMLError, ValueError, RecursionError) as fault:
        raise Malformed("is not YAML 1.2: " + " ".join(str(fault).split())) from None
    return read_story(parsed, name=name)


def read_story(given: Any, *, name: str = "a story") -> Story:
    """The story that a parsed document tells. Raises Malformed."""
    if not isinstance(given, Mapping):
        raise Malformed("a story is a mapping with people and a story")
    for key in given:
        if key not in FILE_KEYS:
            raise Malformed("is not a key of a story; they are " + ", ".join(FILE_KEYS), str(key))
    catalogue, activities = read_catalogue(given.get("catalogue", "core"))
    people = read_people(given.get("people"))
    preset, settings = _policy(given)
    requirements = words.CORE_SLUGS if catalogue is None else [one["slug"] for one in catalogue]
    return Story(
        name=read_value("name", given.get("name", name), values.text),
        preset=preset,
        settings=settings,
        people=people,
        steps=_Reading(people, requirements).steps(given.get("story")),
        catalogue=catalogue,
        activities=activities,
        may_waive=read_value("may_waive", given.get("may_waive", False), values.truth),
        manual=read_value("jobs", given.get("jobs", "scheduled"), values.one_of("manual", "scheduled"))
        == "manual",
    )


def read_value(key: str, value: Any, reader: values.Reader) -> Any:
    """A value by its reader. Raises Malformed naming the key."""
    try:
        return reader(value)
    except ValueError as fault:
        raise Malformed(str(fault), key) from None


def _policy(given: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    preset = read_value("policy", given.get("policy", "essex-baseline"), values.name)
    settings = read_value("settings", given.get("settings") or {}, values.mapping)
    preset = "-".join(preset.lower().split())
    try:
        build(preset, settings)
    except Refused as refusal:
        key = "policy" if refusal.where == "policy" else "settings"
        raise Malformed(
            f"{refusal.where}: {refusal.message}" if key == "settings" else refusal.message, key
        ) from None
    return preset, settings


class _Reading:
    """Reads the steps of one story, which know its people and requirements."""

    def __init__(self, people: Mapping[str, Any], requirements: Any) -> None:
        self.step_keys = words.steps(people, requirements)
        self.refused_keys = words.steps(people, requirements, refused=True)
        self.questions = words.questions(people, requirements)

    def steps(self, given: Any) -> list[Step]:
        if not isinstance(given, list) or not given:
            raise Malformed("must be a list of steps", "story")
        read: list[Step] = []
        for number, one in enumerate(given, 1):
            try:
                read.append(self.step(number, one, read[-1].at if read else None))
            except Malformed as fault:
                raise fault.at(number) from None
        return read

    def step(self, number: int, given: Any, before: datetime | None) -> Step:
        if not isinstance(given, Mapping):
            raise Malformed("a step is a mapping with `at` and what happens")
        if "at" not in given:
            raise Malformed("is missing", "at")
        at = read_value("at", given["at"], values.moment)
        if before is not None and at < before:
            raise Malformed(f"{at.isoformat()} is before the step above it: time never goes backwards", "at")
        effective_at = None
        if given.get("effective_at") is not None:
            effective_at = read_value("effective_at", given["effective_at"], values.moment)
        word, value = self.only_word(
            {key: one for key, one in given.items() if key not in ("at", "effective_at")}
        )
        try:
            step = self.word(number, at, effective_at, word, value)
        except Malformed as fault:
            raise fault.at(number, word) from None
        if effective_at and effective_at > at and word != "eligibility":
            raise Malformed("is later than `at`", "effective_at", word=word)
        return step

    def only_word(self, rest: Mapping[str, Any]) -> tuple[str, Any]:
        for key in rest:
            if key not in self.step_keys and key not in ("expect", "fails"):
                raise Malformed("is not a step", str(key))
        if len(rest) != 1:
            raise Malformed("a step does exactly one thing", str([*rest][-1]) if rest else "at")
        return next(iter(rest.items()))

    def word(self, number: int, at: datetime, effective_at: datetime | None, word: str, value: Any) -> Step:
        if word == "expect":
            listed = [value] if isinstance(value, Mapping) else value
            if not isinstance(listed, list) or not listed:
                raise Malformed("must be a list of questions", "expect")
            return Step(number, at, word, {}, effective_at, questions=[self.question(one) for one in listed])
        if word == "fails":
            return self.fails(number, at, effective_at, value)
        return Step(number, at, word, self.given(word, value, self.step_keys[word]), effective_at)

    def given(self, word: str, value: Any, keys: words.Keys) -> dict[str, Any]:
        if word in words.NOT_BUILT_STEPS:
            raise NotBuilt("this step is not built yet", word)
        alone = value is None or (not keys.must and not keys.may and not isinstance(value, Mapping))
        read = read_keys({} if alone else value, keys)
        words.check(word, read)
        return read

    def fails(self, number: int, at: datetime, effective_at: datetime | None, value: Any) -> Step:
        read = read_keys(value, words.Keys({"step": values.mapping, "with": values.name}))
        inner = dict(read["step"])
        if inner.get("effective_at") is not None:
            effective_at = read_value("effective_at", inner["effective_at"], values.moment)
        inner = {key: one for key, one in inner.items() if key not in ("at", "effective_at")}
        word, keys = self.only_word(inner)
        if word in ("expect", "fails"):
            raise Malformed("cannot be refused", word)
        step = Step(number, at, word, self.given(word, keys, self.refused_keys[word]), effective_at)
        return Step(number, at, "fails", {"with": read["with"]}, effective_at, inner=step)

    def question(self, given: Any) -> Question:
        if not isinstance(given, Mapping):
            raise Malformed("a question is a mapping", "expect")
        word = next((key for key in given if key in self.questions), None)
        if word is None:
            raise Malformed("is not a question", ", ".join(map(str, given)) or "expect")
        if word in words.NOT_BUILT_QUESTIONS:
            raise NotBuilt("this question is not built yet", word)
        asked, beside = given[word], {key: one for key, one in given.items() if key != word}
        if word in words.BESIDE:
            if asked != words.BESIDE[word]:
                raise Malformed(f"must be {words.BESIDE[word]}", word)
            asked = {}
        elif not isinstance(asked, Mapping):
            raise Malformed("must be a mapping", word)
        return read_question(word, self.questions[word], {**asked, **beside})


def read_question(word: str, known: words.Asked, given: Mapping[str, Any]) -> Question:
    """A question's own keys, and the answers expected beside them."""
    for key in given:
        if key in known.answers and (word, key) in words.NOT_BUILT_ANSWERS:
            raise NotBuilt(f"this answer of {word} is not built yet", key)
    expected = {
        key: read_value(key, one, known.answers[key]) for key, one in given.items() if key in known.answers
    }
    rest = {key: one for key, one in given.items() if key not in known.answers}
    return Question(word, read_keys(rest, known.keys, f" of the question {word}"), expected)


def read_keys(given: Any, keys: words.Keys, of: str = "") -> dict[str, Any]:
    """The values of a mapping by their readers, nothing missing and nothing unknown. Raises Malformed."""
    if not isinstance(given, Mapping):
        raise Malformed("must be a mapping of keys" + of)
    readers = {**keys.must, **keys.may}
    for key in given:
        if key not in readers:
            raise Malformed(
                "is not a key here" + of + "; they are " + (", ".join(readers) or "none"), str(key)
            )
    for key in keys.must:
        if key not in given:
            raise Malformed("is missing" + of, key)
    return {
        key: read_value(key, one, readers[key])
        for key, one in given.items()
        if one is not None or key in keys.must or key in ("team", "reason")
    }
