"""A Person: what is known of an agent, each property with all of its values (Communication 2.4)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from passport_service.xapi.actor import IDENTIFIERS, key_of


def person(agent: Mapping[str, Any], statements: Iterable[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """The person that a valid agent stands for: its own identifier, and every name it goes by in these statements.

    Other identifiers of the same human being are not given away, even where the service knows them.
    """
    names = [name for statement in statements for name in names_in(statement, key_of(agent))]
    if "name" in agent:
        names.append(agent["name"])
    found: dict[str, Any] = {"objectType": "Person"}
    if names:
        found["name"] = list(dict.fromkeys(names))
    return found | {name: [agent[name]] for name in IDENTIFIERS if name in agent}


def names_in(statement: Mapping[str, Any], key: str | None) -> Iterator[str]:
    """The names that an agent has in a statement as its actor or object, or as a member of either."""
    for named in (statement["actor"], statement["object"]):
        if named.get("objectType", "Agent") in ("Agent", "Group"):
            for one in (named, *named.get("member", ())):
                if "name" in one and key_of(one) == key:
                    yield one["name"]
