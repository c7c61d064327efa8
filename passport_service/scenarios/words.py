"""Every word of a story with its keys: the one table that reading checks against.

A key is written ``key:kind``; the kinds are the readers of ``values`` and those that a story's own people and
requirements make.
"""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import Any

from passport_service.domain.errors import Refused
from passport_service.domain.items import KINDS
from passport_service.domain.policy import validate
from passport_service.domain.roles import Role
from passport_service.domain.streak import Outcome
from passport_service.scenarios import values
from passport_service.scenarios.story import Malformed
from passport_service.scenarios.values import Reader
from passport_service.services.concerns import OUTCOMES, SOURCES
from passport_service.services.setup import CORE

VERBS = {
    "completed": "http://adlnet.gov/expapi/verbs/completed",
    "passed": "http://adlnet.gov/expapi/verbs/passed",
    "failed": "http://adlnet.gov/expapi/verbs/failed",
    "satisfied": "https://w3id.org/xapi/adl/verbs/satisfied",
    "waived": "https://w3id.org/xapi/adl/verbs/waived",
    "uncompleted": "https://xapi.edlm/profiles/edlm-lms/concepts/verbs/uncompleted",
}
CORE_SLUGS = tuple(CORE)
NOT_BUILT_STEPS = {"challenge", "rules"}
NOT_BUILT_QUESTIONS = {"challenge"}
NOT_BUILT_ANSWERS = {("task", "reviewer")}

# The keys that a step must have, and those it may have.
STEPS = {
    "statement": (
        "",
        "xapi:anything who:who verb:verb course:requirement activity:name timestamp:moment result:mapping id:name",
    ),
    "void": ("statement:name", ""),
    "link": ("who:who", "account:account mbox:name from:moment"),
    "map": ("activity:name requirement:requirement", "from:day until:day"),
    "train": ("who:who on:day", "except:requirements"),
    "prior": ("who:who requirement:requirement on:day by:name approver:name reason:reason", "until:day"),
    "waive": ("who:who requirement:requirement on:day by:name approver:name reason:reason", "until:day"),
    "submit": ("item:text kind:kind type:types who:who", "facts:mapping"),
    "decide": (
        "item:text outcome:outcome reviewer:who",
        "category:name severity:severity facts:mapping reason:reason",
    ),
    "correct": ("item:text outcome:outcome reviewer:who reason:reason", ""),
    "withdraw": ("item:text reason:reason", ""),
    "check": ("id:name who:who kind:kind type:types", "facts:mapping"),
    "confirm": ("check:name item:text", "facts:mapping"),
    "concern": ("id:name item:text severity:severity source:source reader:who", "occurred_on:day"),
    "second_read": ("of:name reader:who agrees:truth", ""),
    "overturn": ("concern:name by:who reason:reason", ""),
    "challenge": ("of:decided by:who text:text", "reason:reason"),
    "answer": ("of:decided by:who outcome:answer reason:reason", ""),
    "absence": ("who:who from:day until:day", ""),
    "eligibility": ("who:who", "registered:registered role:role left:truth team:team"),
    "policy": ("effective_from:moment settings:settings author:name approver:name", ""),
    "rules": ("effective_from:moment rules:anything author:name approver:name", ""),
    "draw": ("seed:text", ""),
    "tick": ("", ""),
}

# The keys that a question must have, those it may have, and the answers that may be expected beside them.
QUESTIONS = {
    "passport": (
        "of:who",
        "as_of:moment known_at:moment",
        "state:state reasons:strings number:count since:instant earned_on:date",
    ),
    "requirement": ("of:who name:requirement", "on:day known_at:moment", "state:state expires_on:date"),
    "streak": ("of:who", "", "run:whole condition_met:truth reasons:strings"),
    "can_confirm": (
        "who:who type:types",
        "facts:mapping as_of:moment known_at:moment",
        "route:state reasons:strings",
    ),
    "concerns": ("of:who", "", "counted:strings"),
    "concern": ("of:name", "", "status:state decide_by:date"),
    "draw": ("", "", "pool:count pool_hash:state quota:count carry:count picks:strings"),
    "task": ("item:text", "", "stream:state reviewer:state due_on:date reasons:strings"),
    "clock": ("start:day on:day", "", "elapsed:whole band:state"),
    "notices": ("of:who", "", "codes:strings respond_by:dates"),
    "challenge": ("of:decided", "", "decide_by:date"),
    "quarantine": ("", "", "reasons:strings"),
}
BESIDE = {"draw": "last", "quarantine": "all"}  # these have no keys of their own, but this value


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that a step or question must have and those it may have, with their readers."""

    must: Mapping[str, Reader]
    may: Mapping[str, Reader] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: its own keys, and the answers that may be expected beside them."""

    keys: Keys
    answers: Mapping[str, Reader]


def steps(people: Container[str], requirements: Container[str], *, refused: bool = False) -> dict[str, Keys]:
    """The keys of each step, in a story with these people and requirements.

    In a step that must be ``refused`` the service, not the reading, judges choices and settings.
    """
    kinds = _kinds(people, requirements)
    if refused:
        kinds |= dict.fromkeys(("kind", "severity", "source", "outcome", "answer", "role"), values.text)
        kinds["settings"] = values.mapping
    return {word: Keys(_read(must, kinds), _read(may, kinds)) for word, (must, may) in STEPS.items()}


def questions(people: Container[str], requirements: Container[str]) -> dict[str, Asked]:
    """Each question with its keys and answers."""
    kinds = _kinds(people, requirements)
    return {
        word: Asked(Keys(_read(must, kinds), _read(may, kinds)), _read(answers, kinds))
        for word, (must, may, answers) in QUESTIONS.items()
    }


def _read(keys: str, kinds: Mapping[str, Reader]) -> dict[str, Reader]:
    return {key: kinds[kind] for key, kind in (one.split(":") for one in keys.split())}


def _kinds(people: Container[str], requirements: Container[str]) -> dict[str, Reader]:
    requirement = values.known(requirements, "requirement")
    return KINDS_OF_VALUE | {
        "who": values.known(people, "person"),
        "requirement": requirement,
        "requirements": values.several(requirement),
    }


def verb(value: Any) -> str:
    """The id of a verb, from its word or as it is."""
    found = values.name(value)
    if found not in VERBS and ":" not in found:
        raise ValueError("must be a full id or one of: " + ", ".join(VERBS))
    return VERBS.get(found, found)


def registered(value: Any) -> str:
    """true, false or unknown, in the words of the service."""
    words = {True: "registered", False: "ended", "unknown": "unknown"}
    if not isinstance(value, bool | str) or value not in words:
        raise ValueError("must be true, false or unknown")
    return words[value]


def policy_settings(value: Any) -> Mapping[str, Any]:
    """Settings by their names in D.1."""
    try:
        validate(values.mapping(value))
    except Refused as refusal:
        raise ValueError(f"{refusal.where}: {refusal.message}") from None
    return values.mapping(value)


def decided(value: Any) -> Any:
    """What an answer is about: a concern or its item, or {who, code}."""
    if isinstance(value, Mapping):
        if set(value) != {"who", "code"}:
            raise ValueError("must be a concern, or {who, code}")
        return {name: values.name(one) for name, one in value.items()}
    return values.name(value)


def instant_or_day(value: Any) -> Any:
    """A moment, or a day, which a moment is compared with by its business date."""
    return values.day(value) if values.is_day(value) else values.moment(value)


def _none_or_several(reader: Reader) -> Callable[[Any], tuple[Any, ...]]:
    """A list; null is none, one value a list of one."""

    def read(value: Any) -> tuple[Any, ...]:
        return () if value is None else tuple(values.several(reader)(value))

    return read


KINDS_OF_VALUE: dict[str, Reader] = {
    "anything": values.anything,
    "text": values.text,
    "name": values.name,
    "reason": values.blank_or_text,
    "truth": values.truth,
    "whole": values.whole,
    "mapping": values.mapping,
    "day": values.day,
    "moment": values.moment,
    "account": values.account,
    "types": values.case_types,
    "team": values.optional(values.name),
    "verb": verb,
    "registered": registered,
    "settings": policy_settings,
    "decided": decided,
    "kind": values.one_of(*KINDS),
    "severity": values.one_of("standard", "serious"),
    "source": values.one_of(*SOURCES),
    "outcome": values.one_of(*Outcome),
    "answer": values.one_of(*OUTCOMES),
    "role": values.one_of(*Role),
    "state": values.optional(values.text),
    "count": values.optional(values.whole),
    "date": values.optional(values.day),
    "instant": values.optional(instant_or_day),
    "strings": _none_or_several(values.text),
    "dates": _none_or_several(values.day),
}


def check(word: str, given: Mapping[str, Any]) -> None:
    """What a step needs beyond single keys. Raises Malformed."""
    if word == "statement":
        _check_statement(given)
    elif word == "link" and ("account" in given) == ("mbox" in given):
        raise Malformed("give an account or an mbox", "account")
    elif word == "eligibility" and len(given) == 1:
        raise Malformed("say what changed: registered, role, left or team", "eligibility")


def _check_statement(given: Mapping[str, Any]) -> None:
    if "xapi" in given:
        others = [key for key in given if key != "xapi"]
        if others:
            raise Malformed("a whole statement under xapi stands alone", others[0])
        return
    for key in ("who", "verb"):
        if key not in given:
            raise Malformed("is missing", key)
    if ("course" in given) == ("activity" in given):
        raise Malformed("give a course or an activity", "course")
