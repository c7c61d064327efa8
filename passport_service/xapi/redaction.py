"""Taking one person out of a statement that is about somebody else: their identifiers and their name go, the rest stays.

The standard knows no such thing (a statement never changes), the law does. What stands in their place is an agent that
nobody can be: `.invalid` is a domain that is never given to anybody (RFC 2606).
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from passport_service.xapi.actor import IDENTIFIERS, key_of, sha1_of_mbox
from passport_service.xapi.signature import SIGNATURE

ERASED = "Erased"
NOBODY: Mapping[str, str] = {"name": ERASED, "mbox": "mailto:erased@erased.invalid"}
SOMEBODY: Mapping[str, str] = {"name": "Somebody else", "mbox": "mailto:somebody-else@masked.invalid"}
OF_THE_OTHER = frozenset(("result", "attachments", "extensions", "authority"))
# Where a statement that nobody has checked may name people, in whatever shape; and what a statement has.
PEOPLE = frozenset(("actor", "instructor", "team", "member", "agent", "group", "object"))
OF_A_STATEMENT = ("id", "actor", "verb", "object", "context", "timestamp", "version")
ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
SHORTEST_NAME = 5  # characters; a shorter text would be found in words that have nothing to do with anybody
# Texts under these names address things, not people, and a changed one would name another thing.
ADDRESSES = frozenset(("id", "objectType", "homePage", "usageType", "contentType", "sha2", "fileUrl"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom to look for: keys as of `xapi.actor.key_of`, and texts (mail addresses, names) that say the same in words."""

    keys: frozenset[str]
    texts: re.Pattern[str] | None

    def is_agent(self, value: Mapping[str, Any]) -> bool:
        """By identifier; a mailbox also where only its letters' case differs, which senders are careless with."""
        return safe_key(value) in self.keys or self.says(value.get("mbox"))

    def says(self, text: Any) -> bool:
        return isinstance(text, str) and self.texts is not None and self.texts.search(text) is not None

    def is_account(self, value: Mapping[str, Any]) -> bool:
        return safe_key({"account": value}) in self.keys


def wanted(keys: Iterable[str], names: Iterable[str] = ()) -> Wanted:
    """A person to be looked for by identifiers and names; a mailbox is looked for by its hash too."""
    found = frozenset(keys)
    words = {one for key in found for one in words_of(key)} | {one for one in names if is_telling(one)}
    by_length = sorted(words, key=lambda one: (-len(one), one))
    pattern = "|".join(re.escape(one) for one in by_length)
    return Wanted(found, re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE) if pattern else None)


def is_telling(name: str) -> bool:
    """Whether a name says who: of two words, as a first name alone is many people's."""
    return len(name) >= SHORTEST_NAME and " " in name.strip()


def words_of(key: str) -> Iterator[str]:
    """The texts that name the same person as a key, wherever they stand. An account's name alone is no such text."""
    kind, _, value = key.partition("|")
    if kind == "mbox":
        yield value.removeprefix("mailto:")
        yield sha1_of_mbox(value)
    elif kind in ("openid", "mbox_sha1sum"):
        yield value


def safe_key(value: Mapping[str, Any]) -> str | None:
    """The key of what may be an agent, from a place that nobody has checked."""
    try:
        return key_of(value)
    except (AttributeError, KeyError, TypeError):
        return None


def is_named(value: Any, who: Wanted) -> bool:
    """Whether a person is named anywhere in a JSON value."""
    if isinstance(value, dict):
        return (
            who.is_agent(value) or who.is_account(value) or any(is_named(one, who) for one in value.values())
        )
    if isinstance(value, list):
        return any(is_named(one, who) for one in value)
    return who.says(value)


def is_named_in(body: bytes, who: Wanted) -> bool:
    """Whether a person is named in a body that need not be JSON, as after it was cut off or when it never was."""
    try:
        return is_named(orjson.loads(body), who)
    except orjson.JSONDecodeError:
        text = ESCAPED.sub(lambda found: chr(int(found[1], 16)), body.decode(errors="replace")).replace(
            "\\/", "/"
        )
        return who.says(text) or any(
            home in text and f'"{name}"' in text for home, name in map(account_in, who.keys) if name
        )


def account_in(key: str) -> tuple[str, str]:
    """Home page and name of an account's key; of another key, two empty texts."""
    kind, _, rest = key.partition("|")
    home, _, name = rest.partition("|") if kind == "account" else ("", "", "")
    return home, name


def names_in(value: Any, keys: Collection[str]) -> set[str]:
    """The names under which a statement speaks of the agents with these keys."""
    found: set[str] = set()
    if isinstance(value, dict):
        if safe_key(value) in keys and isinstance(value.get("name"), str):
            found.add(value["name"])
        for one in value.values():
            found |= names_in(one, keys)
    elif isinstance(value, list):
        for one in value:
            found |= names_in(one, keys)
    return found


def redacted(statement: Mapping[str, Any], who: Wanted) -> dict[str, Any]:
    """The statement with that person taken out, still a valid one. A signature over what it said before goes too."""
    value: dict[str, Any] = without(statement, who)
    for part in (value, value["object"]):
        if "attachments" in part:
            kept = [one for one in part["attachments"] if one.get("usageType") != SIGNATURE]
            part.pop("attachments")
            if kept:
                part["attachments"] = kept
    return value


def without(value: Any, who: Wanted, name: str = "") -> Any:
    if isinstance(value, dict):
        return object_without(value, who)
    if isinstance(value, list):
        return [without(one, who, name) for one in value]
    if isinstance(value, str) and who.texts is not None and name not in ADDRESSES:
        return who.texts.sub(ERASED, value)
    return value


def object_without(value: Mapping[str, Any], who: Wanted) -> dict[str, Any]:
    if who.is_agent(value):
        kept = {one: value[one] for one in ("objectType", "member") if one in value}
        return {one: without(part, who, one) for one, part in kept.items()} | dict(NOBODY)
    if who.is_account(value):
        return {"homePage": NOBODY["mbox"], "name": ERASED}
    return {one: without(part, who, one) for one, part in value.items()}


def masked(statement: Mapping[str, Any], keys: Collection[str]) -> dict[str, Any]:
    """What a statement of somebody else says of the agents with these keys: where they appear, in what; not how the
    other did. Everybody else is `Somebody else`; results, attachments and extensions are left out."""
    found: dict[str, Any] = mask(statement, keys)
    return found


def mask(value: Any, keys: Collection[str]) -> Any:
    if isinstance(value, list):
        return [mask(one, keys) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {name: mask(one, keys) for name, one in value.items() if name not in OF_THE_OTHER}
    key = safe_key(value)
    if key is None or key in keys:
        return kept
    return {name: kept[name] for name in ("objectType", "member") if name in kept} | dict(SOMEBODY)


def masked_unchecked(statement: Mapping[str, Any], keys: Collection[str]) -> dict[str, Any]:
    """The same of a statement that nobody has found valid, where people may stand in shapes that no agent has. One whose
    actor has one of these keys is the person's own and left as it is; of another only what the standard knows is kept."""
    actor = statement.get("actor")
    if isinstance(actor, dict) and whole_key(actor) in keys:
        return dict(statement)
    mailboxes = frozenset(key[len("mbox|") :].lower() for key in keys if key.startswith("mbox|"))
    parts = {name: statement[name] for name in OF_A_STATEMENT if name in statement}
    return {name: mask_unchecked(part, keys, mailboxes, name) for name, part in parts.items()}


def mask_unchecked(value: Any, keys: Collection[str], mailboxes: Collection[str], place: str) -> Any:
    if isinstance(value, list):
        return [mask_unchecked(one, keys, mailboxes, place) for one in value]
    if isinstance(value, str):
        is_person = place in (*PEOPLE, "mbox") or value.lower().startswith("mailto:")
        return SOMEBODY["name"] if is_person and not is_mailbox(value, mailboxes) else value
    if not isinstance(value, dict):
        return value
    kept = {
        name: mask_unchecked(one, keys, mailboxes, name)
        for name, one in value.items()
        if name not in OF_THE_OTHER
    }
    if not is_person_perhaps(value, place) or is_one_of(value, keys, mailboxes):
        return kept
    return {name: kept[name] for name in ("objectType", "member") if name in kept} | dict(SOMEBODY)


def is_person_perhaps(value: Mapping[str, Any], place: str) -> bool:
    is_thing = place == "object" and (
        "id" in value or "actor" in value
    )  # an activity, a statement in a statement
    return (
        (place in PEOPLE and not is_thing)
        or value.get("objectType") in ("Agent", "Group")
        or any(name in value for name in (*IDENTIFIERS, "homePage"))
    )


def whole_key(value: Mapping[str, Any]) -> str | None:
    """The key of what may be an agent; None for a mailbox without its scheme, of which another's would be made."""
    mbox = value.get("mbox", "mailto:")
    return safe_key(value) if str(mbox).lower().startswith("mailto:") else None


def is_one_of(value: Mapping[str, Any], keys: Collection[str], mailboxes: Collection[str]) -> bool:
    return (
        whole_key(value) in keys
        or safe_key({"account": value}) in keys
        or is_mailbox(value.get("mbox"), mailboxes)
    )


def is_mailbox(value: Any, mailboxes: Collection[str]) -> bool:
    return isinstance(value, str) and f"mailto:{value.lower().removeprefix('mailto:')}" in mailboxes
