"""The people and the training catalogue of a story."""

from collections.abc import Mapping
from typing import Any

from passport_service.domain.roles import Role
from passport_service.domain.training import CORE
from passport_service.scenarios import values
from passport_service.scenarios.story import Malformed, Person, default_account

PERSON = {
    "team": values.name,
    "role": values.one_of(*Role),
    "accounts": values.accounts,
    "manager": values.name,
    "newly_qualified": values.truth,
    "agency": values.truth,
    "name": values.name,
}
REQUIREMENT = {
    "slug": values.name,
    "title": values.name,
    "months": values.optional(values.whole),
    "window_days": values.whole,
    "grace_days": values.whole,
    "min_scaled": values.optional(lambda value: float(value)),
    "needs_passed": values.truth,
    "prior_max_age_months": values.optional(values.whole),
    "activities": values.slugs,
    "set": values.slugs,
}


def _value(key: str, value: Any, readers: Mapping[str, values.Reader], where: str) -> Any:
    if key not in readers:
        raise Malformed(f"is not a key of {where}; they are " + ", ".join(readers), str(key))
    try:
        return readers[key](value)
    except (ValueError, TypeError) as fault:
        raise Malformed(f"{fault} ({where})", key) from None


def read_people(given: Any) -> dict[str, Person]:
    """The people by their keys. Raises Malformed."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise Malformed("must be a mapping of people", "people")
    people = {str(key): _person(str(key), one) for key, one in given.items()}
    for key, one in people.items():
        if one.attributes.get("manager", key) not in people:
            raise Malformed(
                f"there is no person {one.attributes['manager']!r} in this story (people: {key})", "manager"
            )
    return people


def _person(key: str, given: Any) -> Person:
    given = {} if given is None else given
    if not isinstance(given, Mapping):
        raise Malformed("must be a mapping", key)
    read = {
        name: _value(str(name), one, PERSON, f"people: {key}")
        for name, one in given.items()
        if one is not None
    }
    accounts = read.pop("accounts", (default_account(key),))
    return Person(key, {"role": "social_worker", "name": key.capitalize(), **read}, accounts)


def read_catalogue(given: Any) -> tuple[list[dict[str, Any]] | None, dict[str, tuple[str, ...]]]:
    """The requirements of a catalogue list, None for `core`, and further activity ids of each. Raises Malformed."""
    if given in ("core", None):
        return None, {}
    if not isinstance(given, list) or not given:
        raise Malformed("must be core, or a list of requirements", "catalogue")
    requirements, activities = [], {}
    for one in given:
        read = _requirement(one)
        if read["slug"] in activities:
            raise Malformed(f"{read['slug']!r} is there twice", "slug")
        activities[read["slug"]] = read.pop("activities", ())
        sets = read.pop("set", (CORE,))
        requirements.append({**read, "sets": list(sets)})
    return requirements, activities


def _requirement(given: Any) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise Malformed("a requirement is a mapping with a slug", "catalogue")
    if "slug" not in given:
        raise Malformed("is missing (catalogue)", "slug")
    read = {
        str(key): _value(str(key), one, REQUIREMENT, f"catalogue: {given['slug']}")
        for key, one in given.items()
    }
    return {"title": read["slug"].replace("_", " ").capitalize(), **read}
