"""Every word of a story with its keys: the one table that reading checks against."""

from collections.abc import Container, Mapping
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


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that a step or question must have and those it may have."""

    must: Mapping[str, Reader]
    may: Mapping[str, Reader] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: its own keys, and the answers that may be expected beside them."""

    keys: Keys
    answers: Mapping[str, Reader]


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


def steps(people: Container[str], requirements: Container[str], *, refused: bool = False) -> dict[str, Keys]:
    """The keys of each step, in a story with these people and requirements.

    In a step that must be ``refused`` the service, not the reading, judges choices and settings.
    """
    who, requirement = values.known(people, "person"), values.known(requirements, "requirement")
    choice = (lambda *_: values.text) if refused else values.one_of
    kind, facts = choice(*KINDS), values.mapping
    severity, source = choice("standard", "serious"), choice(*SOURCES)
    outcome, answer = choice(*Outcome), choice(*OUTCOMES)
    settings = values.mapping if refused else policy_settings
    approved_by = {"by": values.name, "approver": values.name, "reason": values.blank_or_text}
    return {
        "statement": Keys(
            {},
            {
                "xapi": values.anything,
                "who": who,
                "verb": verb,
                "course": requirement,
                "activity": values.name,
                "timestamp": values.moment,
                "result": values.mapping,
                "id": values.name,
            },
        ),
        "void": Keys({"statement": values.name}),
        "link": Keys({"who": who}, {"account": values.account, "mbox": values.name, "from": values.moment}),
        "map": Keys(
            {"activity": values.name, "requirement": requirement}, {"from": values.day, "until": values.day}
        ),
        "train": Keys({"who": who, "on": values.day}, {"except": values.several(requirement)}),
        "prior": Keys(
            {"who": who, "requirement": requirement, "on": values.day, **approved_by}, {"until": values.day}
        ),
        "waive": Keys(
            {"who": who, "requirement": requirement, "on": values.day, **approved_by}, {"until": values.day}
        ),
        "submit": Keys(
            {"item": values.text, "kind": kind, "type": values.case_types, "who": who}, {"facts": facts}
        ),
        "decide": Keys(
            {"item": values.text, "outcome": outcome, "reviewer": who},
            {"category": values.name, "severity": severity, "facts": facts, "reason": values.blank_or_text},
        ),
        "correct": Keys(
            {"item": values.text, "outcome": outcome, "reviewer": who, "reason": values.blank_or_text}
        ),
        "withdraw": Keys({"item": values.text, "reason": values.blank_or_text}),
        "check": Keys(
            {"id": values.name, "who": who, "kind": kind, "type": values.case_types}, {"facts": facts}
        ),
        "confirm": Keys({"check": values.name, "item": values.text}, {"facts": facts}),
        "concern": Keys(
            {"id": values.name, "item": values.text, "severity": severity, "source": source, "reader": who},
            {"occurred_on": values.day},
        ),
        "second_read": Keys({"of": values.name, "reader": who, "agrees": values.truth}),
        "overturn": Keys({"concern": values.name, "by": who, "reason": values.blank_or_text}),
        "challenge": Keys({"of": decided, "by": who, "text": values.text}, {"reason": values.blank_or_text}),
        "answer": Keys({"of": decided, "by": who, "outcome": answer, "reason": values.blank_or_text}),
        "absence": Keys({"who": who, "from": values.day, "until": values.day}),
        "eligibility": Keys(
            {"who": who},
            {
                "registered": registered,
                "role": choice(*Role),
                "left": values.truth,
                "team": values.optional(values.name),
            },
        ),
        "policy": Keys(
            {
                "effective_from": values.moment,
                "settings": settings,
                "author": values.name,
                "approver": values.name,
            }
        ),
        "rules": Keys(
            {
                "effective_from": values.moment,
                "rules": values.anything,
                "author": values.name,
                "approver": values.name,
            }
        ),
        "draw": Keys({"seed": values.text}),
        "tick": Keys({}),
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


def _strings(value: Any) -> tuple[str, ...]:
    """A list of words; null is none, one word a list of one."""
    if value is None:
        return ()
    return tuple(values.text(one) for one in (value if isinstance(value, list) else [value]))


def _days(value: Any) -> tuple[Any, ...]:
    return (
        ()
        if value is None
        else tuple(values.day(one) for one in (value if isinstance(value, list) else [value]))
    )


def instant_or_day(value: Any) -> Any:
    """A moment, or a day, which a moment is compared with by its business date."""
    return values.day(value) if values.is_day(value) else values.moment(value)


def questions(people: Container[str], requirements: Container[str]) -> dict[str, Asked]:
    """Each question with its keys and answers. ``draw`` and ``quarantine`` have their key as their value."""
    who, requirement = values.known(people, "person"), values.known(requirements, "requirement")
    state, count = values.optional(values.text), values.optional(values.whole)
    day, at = values.optional(values.day), values.optional(instant_or_day)
    moments = {"as_of": values.moment, "known_at": values.moment}
    return {
        "passport": Asked(
            Keys({"of": who}, moments),
            {"state": state, "reasons": _strings, "number": count, "since": at, "earned_on": day},
        ),
        "requirement": Asked(
            Keys({"of": who, "name": requirement}, {"on": values.day, "known_at": values.moment}),
            {"state": state, "expires_on": day},
        ),
        "streak": Asked(
            Keys({"of": who}), {"run": values.whole, "condition_met": values.truth, "reasons": _strings}
        ),
        "can_confirm": Asked(
            Keys({"who": who, "type": values.case_types}, {"facts": values.mapping, **moments}),
            {"route": state, "reasons": _strings},
        ),
        "concerns": Asked(Keys({"of": who}), {"counted": _strings}),
        "concern": Asked(Keys({"of": values.name}), {"status": state, "decide_by": day}),
        "draw": Asked(
            Keys({}), {"pool": count, "pool_hash": state, "quota": count, "carry": count, "picks": _strings}
        ),
        "task": Asked(
            Keys({"item": values.text}),
            {"stream": state, "reviewer": state, "due_on": day, "reasons": _strings},
        ),
        "clock": Asked(
            Keys({"start": values.day, "on": values.day}), {"elapsed": values.whole, "band": state}
        ),
        "notices": Asked(Keys({"of": who}), {"codes": _strings, "respond_by": _days}),
        "challenge": Asked(Keys({"of": decided}), {"decide_by": day}),
        "quarantine": Asked(Keys({}), {"reasons": _strings}),
    }


BESIDE = {"draw": "last", "quarantine": "all"}
