"""Who: agents and groups, and the identifiers by which they are told apart (Data 2.4.2)."""

import re
from collections.abc import Iterator, Mapping
from hashlib import sha1
from typing import Any

from passport_service.xapi.errors import Invalid
from passport_service.xapi.values import check_iri, check_list, check_properties, check_required, check_text

RULE = "Data 2.4.2"
IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid", "account")
MAILBOX = re.compile(r"mailto:[^\s\x00-\x1f@<>]+@[^\s\x00-\x1f@<>]*[^\s\x00-\x1f@<>.]", re.IGNORECASE)
SHA1 = re.compile(r"[0-9A-Fa-f]{40}")


def check_mailbox(value: Any) -> None:
    if type(value) is not str or MAILBOX.fullmatch(value) is None:
        raise Invalid("Data 2.4.2.3", "must be of the form mailto:address@domain")


def check_sha1(value: Any) -> None:
    if type(value) is not str or SHA1.fullmatch(value) is None:
        raise Invalid("Data 2.4.2.3", "must be 40 hexadecimal digits, the SHA-1 of a mailto IRI")


def check_account_name(value: Any) -> None:
    if type(value) is not str or not value:
        raise Invalid("Data 2.4.2.4", "must be a string that is not empty")


ACCOUNT = {"homePage": check_iri, "name": check_account_name}


def check_account(value: Any) -> None:
    check_properties(value, ACCOUNT, "Data 2.4.2.4")
    check_required(value, ("homePage", "name"), "Data 2.4.2.4")


def check_type(value: Any) -> None:
    if value not in ("Agent", "Group"):
        raise Invalid(RULE, "must be Agent or Group")


def check_members(value: Any) -> None:
    check_list(value, check_agent, "Data 2.4.2.2")


AGENT = {
    "objectType": check_type,
    "name": check_text,
    "mbox": check_mailbox,
    "mbox_sha1sum": check_sha1,
    "openid": check_iri,
    "account": check_account,
}
GROUP = AGENT | {"member": check_members}


def identifiers(value: Mapping[str, Any]) -> list[str]:
    """The names of the inverse functional identifiers that an agent or group carries."""
    return [name for name in IDENTIFIERS if name in value]


def check_agent(value: Any) -> None:
    """An agent: exactly one identifier (Data 2.4.2.1)."""
    check_properties(value, AGENT, "Data 2.4.2.1")
    if value.get("objectType", "Agent") != "Agent":
        raise Invalid("Data 2.4.2.1", "must be an Agent here", "objectType")
    if len(identifiers(value)) != 1:
        raise Invalid("Data 2.4.2.1", "must have exactly one of mbox, mbox_sha1sum, openid and account")


def check_group(value: Any) -> None:
    """A group: one identifier, or none and then its members (Data 2.4.2.2). Its members are agents only."""
    check_properties(value, GROUP, "Data 2.4.2.2")
    found = len(identifiers(value))
    if found > 1:
        raise Invalid("Data 2.4.2.2", "must not have more than one of mbox, mbox_sha1sum, openid and account")
    if not found:
        check_required(value, ("member",), "Data 2.4.2.2")


def check_actor(value: Any) -> None:
    """An agent or a group; the object type decides, and a missing one means agent."""
    if type(value) is dict and value.get("objectType") == "Group":
        check_group(value)
    else:
        check_agent(value)


def check_group_only(value: Any) -> None:
    if type(value) is not dict or value.get("objectType") != "Group":
        raise Invalid(RULE, "must be a Group")
    check_group(value)


def key_of(actor: Mapping[str, Any]) -> str | None:
    """The identifier of a valid agent or group as one text, the same however it was serialised.

    ``account|homePage|name``, ``mbox|mailto:…`` (domain in lower case, as it means nothing there), ``mbox_sha1sum|…``
    (lower case), ``openid|…``. None for an anonymous group, which is like no other (Data 2.4.2.2).
    """
    account = actor.get("account")
    if account is not None:
        return f"account|{account['homePage']}|{account['name']}"
    mailbox = actor.get("mbox")
    if mailbox is not None:
        return f"mbox|{normal_mailbox(mailbox)}"
    digest = actor.get("mbox_sha1sum")
    if digest is not None:
        return f"mbox_sha1sum|{digest.lower()}"
    openid = actor.get("openid")
    return None if openid is None else f"openid|{openid}"


def keys_of(actor: Mapping[str, Any]) -> tuple[str, ...]:
    """The identifiers of an agent or a group and of its members, each once, its own first."""
    return tuple(dict.fromkeys(each_key(actor)))


def each_key(actor: Mapping[str, Any]) -> Iterator[str]:
    own = key_of(actor)
    if own is not None:
        yield own
    for member in actor.get("member", ()):
        yield from each_key(member)


def normal_mailbox(mailbox: str) -> str:
    """A mailto IRI with what is case insensitive in it in lower case: the scheme and the domain."""
    local, _, domain = mailbox[len("mailto:") :].rpartition("@")
    return f"mailto:{local}@{domain.lower()}"


def sha1_of_mbox(mailbox: str) -> str:
    """The hashed form of a mailto IRI (Data 2.4.2.3), so that both forms of one mailbox can be joined."""
    return sha1(normal_mailbox(mailbox).encode(), usedforsecurity=False).hexdigest()


def hashed_key(key: str) -> str | None:
    """The ``mbox_sha1sum|…`` key that names the same mailbox as an ``mbox|…`` key; None for other keys."""
    kind, _, value = key.partition("|")
    return f"mbox_sha1sum|{sha1_of_mbox(value)}" if kind == "mbox" else None
