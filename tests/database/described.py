"""Requests drawn from a description in the words of OpenAPI: most as it says, and some with one thing wrong."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from hypothesis import strategies as st

METHODS = ("get", "put", "post", "delete")
WRONG = st.recursive(
    st.sampled_from(
        [None, True, 0, -1, 2**63, 1e300, "", "a\x00b", "😀", "x" * 3_000, "0000-00-00", "*", "{"]
    )
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=4,
)


@dataclass(frozen=True)
class Asked:
    """A request to an operation, and the statuses that may come back."""

    method: str
    path: str
    parameters: dict[str, str]
    headers: dict[str, str]
    body: bytes | None
    statuses: frozenset[int]


class Description:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document

    def resolved(self, node: Any) -> Any:
        while isinstance(node, dict) and "$ref" in node:
            target: Any = self.document
            for name in node["$ref"].removeprefix("#/").split("/"):
                target = target[name]
            node = target
        return node

    def operations(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        for path, methods in self.document["paths"].items():
            for method in METHODS:
                if method in methods:
                    yield method, path, methods[method]

    def requests(self) -> st.SearchStrategy[Asked]:
        return st.sampled_from(list(self.operations())).flatmap(lambda one: self.request(*one))

    @st.composite
    @staticmethod
    def _drawn(draw: st.DrawFn, self: "Description", method: str, path: str, operation: Any) -> Asked:
        spoil = draw(st.sampled_from([False, False, True]))
        chosen: dict[str, dict[str, str]] = {"query": {}, "header": {}}
        for one in map(self.resolved, operation.get("parameters", ())):
            if (one.get("required") and draw(st.integers(0, 19))) or draw(st.integers(0, 3)) == 0:
                chosen[one["in"]][one["name"]] = as_text(draw(self.parameter(one, spoil)))
        headers = {name: value for name, value in chosen["header"].items() if is_header(value)}
        body = None
        if "requestBody" in operation:
            kind, content = draw(st.sampled_from(list(operation["requestBody"]["content"].items())))
            headers["Content-Type"] = kind
            value = draw(self.perhaps_wrong(content["schema"], spoil))
            body = value.encode() if isinstance(value, str) else orjson.dumps(value)
        statuses = frozenset(int(status) for status in operation["responses"])
        return Asked(method.upper(), path, chosen["query"], headers, body, statuses)

    def request(self, method: str, path: str, operation: Mapping[str, Any]) -> st.SearchStrategy[Asked]:
        return Description._drawn(self, method, path, operation)

    def parameter(self, one: Mapping[str, Any], spoil: bool) -> st.SearchStrategy[Any]:
        if "content" in one:
            return self.perhaps_wrong(one["content"]["application/json"]["schema"], spoil).map(
                lambda value: orjson.dumps(value).decode()
            )
        return self.perhaps_wrong(one["schema"], spoil)

    def perhaps_wrong(self, schema: Any, spoil: bool) -> st.SearchStrategy[Any]:
        right = self.values(schema)
        if not spoil:
            return right
        return right | st.tuples(right, WRONG, st.randoms(use_true_random=False)).map(spoilt)

    def values(self, schema: Any) -> st.SearchStrategy[Any]:
        """Values that fulfil a schema, of the few kinds that the description uses."""
        schema = self.resolved(schema)
        for name in ("enum", "examples"):
            if name in schema:
                return st.sampled_from(schema[name])
        if "oneOf" in schema:
            return st.one_of([self.values(one) for one in schema["oneOf"]])
        match schema.get("type"):
            case "object":
                return self.objects(schema)
            case "array":
                return st.lists(self.values(schema["items"]), max_size=3)
            case "boolean":
                return st.booleans()
            case "integer":
                return st.integers(schema.get("minimum", -5), 1_000)
            case "number":
                return st.floats(schema.get("minimum", -1e9), schema.get("maximum", 1e9))
        return TEXTS.get(
            schema.get("format", ""), st.text(st.characters(codec="utf-8"), min_size=1, max_size=9)
        )

    def objects(self, schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
        inner = {name: self.values(one) for name, one in schema.get("properties", {}).items()}
        needed = set(schema.get("required", ()))
        return st.fixed_dictionaries(
            {name: one for name, one in inner.items() if name in needed},
            optional={name: one for name, one in inner.items() if name not in needed},
        )


TEXTS = {
    "uuid": st.integers(1, 12).map(lambda number: f"00000000-0000-4000-8000-{number:012}"),
    "date-time": st.integers(1_500_000_000, 1_900_000_000).map(
        lambda second: datetime.fromtimestamp(second, UTC).isoformat()
    ),
}


def spoilt(given: tuple[Any, Any, Any]) -> Any:
    """The value with one thing in it, or all of it, put wrong."""
    value, wrong, chance = given
    if isinstance(value, dict) and value and chance.random() < 0.9:
        name = chance.choice(sorted(value))
        return value | {name: spoilt((value[name], wrong, chance))}
    if isinstance(value, list) and value and chance.random() < 0.9:
        return [*value[:-1], spoilt((value[-1], wrong, chance))]
    return wrong


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def is_header(value: str) -> bool:
    return value.isascii() and value.isprintable()
