"""What a statement says about completion, before any mapping or identity is known (R2.1, R2.2).

The one hinge between the standard (``xapi``) and the sector (``domain``). Each learning platform has its
own words, so recognisers are contributed by plug-ins; this module holds what they share: the answer
(``Said``), the order in which they are asked (``Recognisers``), and the few readings of a statement that
every one of them needs. Nothing is decided here: a failed quiz that a platform calls completed is said as
completed with success false, and the fold judges it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol, overload

IDENTIFIERS = ("account", "mbox", "mbox_sha1sum", "openid")
LANGUAGES = ("en-GB", "en", "en-US")


class Meaning(StrEnum):
    """The verbs of R2.2, whatever a platform calls them."""

    COMPLETED = "completed"
    PASSED = "passed"
    SATISFIED = "satisfied"
    WAIVED = "waived"
    FAILED = "failed"
    UNCOMPLETED = "uncompleted"


@dataclass(frozen=True, slots=True)
class Said:
    """What one statement says.

    ``activity_ids`` are candidates for the map of activities to courses, most specific first.
    ``is_course``: True for a course type of any platform, False for what is known not to be one (module,
    quiz, attempt, page, SCO, cmi5 unit or block), None when the type is unknown. ``registration`` is there
    only where it means an enrolment. ``platform`` is the recogniser's name; ``notes`` are plain sentences
    for the person who looks at the statement.
    """

    meaning: Meaning
    activity_ids: tuple[str, ...]
    activity_type: str | None
    activity_name: str | None
    is_course: bool | None
    success: bool | None
    completion: bool | None
    scaled: float | None
    registration: str | None
    platform: str
    notes: tuple[str, ...] = ()


class Recogniser(Protocol):
    """Knows one platform's or profile's way of saying that something was completed."""

    @property
    def name(self) -> str:
        """One word, shown as the platform of what it recognised."""

    @property
    def verbs(self) -> frozenset[str]:
        """The verb ids it may recognise; it is never asked about others."""

    def recognise(self, statement: Mapping[str, Any]) -> Said | None:
        """What a statement about an activity says, or None when it is not this platform's."""


class Recognisers(Sequence[Recogniser]):
    """Recognisers in the order in which they are asked, and the activity types that any of them knows.

    ``course_types`` and ``other_types`` (ids) settle ``is_course`` where the recogniser that answered does
    not know the type itself: courses of any platform count as courses.
    """

    def __init__(
        self,
        recognisers: Iterable[Recogniser],
        course_types: Iterable[str] = (),
        other_types: Iterable[str] = (),
    ) -> None:
        self._ordered = tuple(recognisers)
        self.kinds = dict.fromkeys(other_types, False) | dict.fromkeys(course_types, True)
        known = {verb for one in self._ordered for verb in one.verbs}
        self.by_verb = {verb: tuple(one for one in self._ordered if verb in one.verbs) for verb in known}

    def __len__(self) -> int:
        return len(self._ordered)

    def __iter__(self) -> Iterator[Recogniser]:
        return iter(self._ordered)

    @overload
    def __getitem__(self, index: int) -> Recogniser: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Recogniser, ...]: ...
    def __getitem__(self, index: int | slice) -> Recogniser | tuple[Recogniser, ...]:
        return self._ordered[index]


class VerbRecogniser:
    """Knows some verbs, whoever sends them: for a council's own words, such as a retracting verb (R2.2)."""

    def __init__(self, name: str, meanings: Mapping[str, Meaning]) -> None:
        self.name = name
        self.verbs = frozenset(meanings)
        self._meanings = dict(meanings)

    def recognise(self, statement: Mapping[str, Any]) -> Said:
        """What the statement says by its verb."""
        return say(statement, self._meanings[statement["verb"]["id"]], self.name)


def said(statement: Mapping[str, Any], recognisers: Sequence[Recogniser]) -> Said | None:
    """What a valid statement says about completion, or None when it is to be ignored and counted (R2.2).

    A verb that nobody knows costs one look-up when given `Recognisers`. Voiding is not handled here.
    """
    if not isinstance(recognisers, Recognisers):
        recognisers = Recognisers(recognisers)
    verb = statement.get("verb")
    verb_id = verb.get("id") if isinstance(verb, dict) else None
    asked = recognisers.by_verb.get(verb_id) if isinstance(verb_id, str) else None
    if asked is None or activity_of(statement) is None or not _identified(statement.get("actor")):
        return None
    for recogniser in asked:
        answer = recogniser.recognise(statement)
        if answer is not None:
            return _with_kind(answer, recognisers.kinds)
    return None


def unsaid(statement: Mapping[str, Any], recognisers: Recognisers) -> str:
    """Why a valid statement says nothing about completion, in a sentence for people."""
    verb = statement["verb"]["id"]
    if verb not in recognisers.by_verb:
        return "Its verb does not speak of completion."
    if activity_of(statement) is None:
        return "It is not about an activity, so it can mean no course."
    if not _identified(statement.get("actor")):
        return "It is about a group without an identifier, which can be nobody’s training."
    return "No learning system that is known here uses this verb in this way to say that something was completed."


def say(
    statement: Mapping[str, Any],
    meaning: Meaning,
    platform: str,
    *,
    is_course: bool | None = None,
    also: tuple[str, ...] = (),
    registration: str | None = None,
    notes: tuple[str, ...] = (),
) -> Said:
    """The answer, from the parts that read alike on every platform; ``also`` are further candidate ids."""
    activity = statement["object"]
    kind, name = _definition(activity)
    success, completion, scaled = _result(statement.get("result"))
    own = activity["id"]
    ids = (own, *(one for one in dict.fromkeys(also) if one != own)) if also else (own,)
    return Said(
        meaning, ids, kind, name, is_course, success, completion, scaled, registration, platform, notes
    )


def activity_of(statement: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The object of a statement when it is an activity (xAPI 1.0.3 Data 2.4.4: the default), else None."""
    target = statement.get("object")
    if isinstance(target, dict) and target.get("objectType", "Activity") == "Activity":
        return target if isinstance(target.get("id"), str) else None
    return None


def type_of(activity: Mapping[str, Any]) -> str | None:
    """The activity's type, if it has a definition that gives one."""
    definition = activity.get("definition")
    kind = definition.get("type") if isinstance(definition, dict) else None
    return kind if isinstance(kind, str) else None


def context_of(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    """The context, empty when there is none."""
    context = statement.get("context")
    return context if isinstance(context, dict) else {}


def context_ids(statement: Mapping[str, Any], relation: str) -> tuple[str, ...]:
    """Ids of the context activities of one relation (``grouping`` …); one alone need not be in a list."""
    related = context_of(statement).get("contextActivities")
    found = related.get(relation) if isinstance(related, dict) else None
    if not found:
        return ()
    listed = found if isinstance(found, list) else [found]
    return tuple(one["id"] for one in listed if isinstance(one, dict) and isinstance(one.get("id"), str))


def registration_of(statement: Mapping[str, Any]) -> str | None:
    """The registration in lower case, for platforms where it means an enrolment."""
    value = context_of(statement).get("registration")
    return value.lower() if isinstance(value, str) else None


def extension(holder: Mapping[str, Any] | None, key: str) -> Any:
    """The value of one extension of a context, result or definition, or None."""
    extensions = holder.get("extensions") if isinstance(holder, dict) else None
    return extensions.get(key) if isinstance(extensions, dict) else None


def _with_kind(answer: Said, kinds: Mapping[str, bool]) -> Said:
    if answer.is_course is not None or answer.activity_type is None:
        return answer
    kind = kinds.get(answer.activity_type)
    return answer if kind is None else replace(answer, is_course=kind)


def _identified(actor: Any) -> bool:
    """An agent, or a group that has an identifier of its own: an anonymous group is nobody's passport."""
    return isinstance(actor, dict) and any(key in actor for key in IDENTIFIERS)


def _definition(activity: Mapping[str, Any]) -> tuple[str | None, str | None]:
    definition = activity.get("definition")
    if not isinstance(definition, dict):
        return None, None
    kind, names = definition.get("type"), definition.get("name")
    return kind if isinstance(kind, str) else None, _in_english(names) if names else None


def _in_english(names: Any) -> str | None:
    if not isinstance(names, dict):
        return None
    for language in LANGUAGES:
        if language in names:
            return str(names[language])
    return str(next(iter(names.values()), "")) or None


def _result(result: Any) -> tuple[bool | None, bool | None, float | None]:
    if not isinstance(result, dict):
        return None, None, None
    success, completion, score = result.get("success"), result.get("completion"), result.get("score")
    scaled = score.get("scaled") if isinstance(score, dict) else None
    return (
        success if isinstance(success, bool) else None,
        completion if isinstance(completion, bool) else None,
        float(scaled) if isinstance(scaled, int | float) and not isinstance(scaled, bool) else None,
    )
