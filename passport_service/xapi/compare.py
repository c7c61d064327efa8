"""Whether two statements are the same one (Data 2.3.1): what may differ is left out, the rest is hashed."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import orjson

from passport_service.xapi.actor import normal_mailbox
from passport_service.xapi.context import OTHERS
from passport_service.xapi.timestamps import parse_timestamp

# What stands behind the hundredths of the seconds at the end of a duration.
FINER = re.compile(r"(?<=[.,][0-9]{2})[0-9]+(?=S$)")
# Set or replaced by the receiver, so that two copies of one statement may differ in them.
ASSIGNED = frozenset(("id", "stored", "authority", "version"))


def fingerprint(statement: Mapping[str, Any], *, with_timestamp: bool = True) -> bytes:
    """32 bytes, equal for two valid statements exactly if the standard calls them the same.

    The id is no part of it: ask only about statements with equal ids. ``with_timestamp=False`` leaves the moment out,
    for a copy to which a receiver assigned one.
    """
    kept = {name: value for name, value in statement.items() if name not in ASSIGNED}
    if not with_timestamp:
        kept.pop("timestamp", None)
    return sha256(orjson.dumps(essence(kept), option=orjson.OPT_SORT_KEYS)).digest()


def essence(statement: dict[str, Any]) -> dict[str, Any]:
    """A statement or sub-statement with its mutable parts taken out and its free serialisations settled (in place)."""
    statement["actor"] = actor_essence(statement["actor"])
    statement["verb"] = statement["verb"]["id"]
    statement["object"] = object_essence(statement["object"])
    if "timestamp" in statement:
        statement["timestamp"] = parse_timestamp(statement["timestamp"])  # any zone, the same moment
    if "result" in statement:
        statement["result"] = result_essence(statement["result"])
    if "context" in statement:
        statement["context"] = context_essence(statement["context"])
    if "attachments" in statement:
        statement["attachments"] = [attachment_essence(attachment) for attachment in statement["attachments"]]
    return statement


def actor_essence(actor: dict[str, Any]) -> dict[str, Any]:
    """Members in no order, the domain of a mailbox and a hash in lower case."""
    if "mbox" in actor:
        actor = actor | {"mbox": normal_mailbox(actor["mbox"])}
    if "mbox_sha1sum" in actor:
        actor = actor | {"mbox_sha1sum": actor["mbox_sha1sum"].lower()}
    if "member" in actor:
        members = [actor_essence(member) for member in actor["member"]]
        actor = actor | {"member": sorted(members, key=sort_key)}
    return actor


def sort_key(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def object_essence(thing: dict[str, Any]) -> Any:
    match thing.get("objectType", "Activity"):
        case "Activity":
            return thing["id"]
        case "StatementRef":
            return {"objectType": "StatementRef", "id": thing["id"].lower()}
        case "SubStatement":
            return essence(dict(thing))
        case _:
            return actor_essence(thing)


def result_essence(result: dict[str, Any]) -> dict[str, Any]:
    """A duration counts to the hundredth of a second (Data 4.6; a must since xAPI 2.0 4.2.7), and else as it is written."""
    return result | {"duration": FINER.sub("", result["duration"])} if "duration" in result else result


def context_essence(context: dict[str, Any]) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    if "registration" in context:
        changed["registration"] = context["registration"].lower()
    if "language" in context:
        changed["language"] = context["language"].lower()  # RFC 5646 §2.1.1: the case of a tag means nothing
    if "statement" in context:
        changed["statement"] = context["statement"]["id"].lower()
    if "contextActivities" in context:
        changed["contextActivities"] = {
            relation: [activity["id"] for activity in as_list(activities)]
            for relation, activities in context["contextActivities"].items()
        }
    for name in ("instructor", "team"):
        if name in context:
            changed[name] = actor_essence(context[name])
    for name, member in OTHERS.items():
        if name in context:
            changed[name] = [one | {member: actor_essence(one[member])} for one in context[name]]
    return context | changed


def attachment_essence(attachment: dict[str, Any]) -> dict[str, Any]:
    return {"sha2": attachment["sha2"].lower(), "usageType": attachment["usageType"]}


def as_list(value: Any) -> list[Any]:
    """Data 2.4.6.2: a single activity means an array of one."""
    return value if isinstance(value, list) else [value]
