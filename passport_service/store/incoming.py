"""A valid statement made ready to be stored: everything that can be known of it before a transaction is open."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from os import urandom
from time import time
from typing import Any

from passport_service.store.payloads import packed
from passport_service.store.statement_links import Named, named_in


@dataclass(frozen=True, slots=True)
class Incoming:
    """A valid statement about to be stored: its id (lower case), its own bytes, what they mean, and who sent it.

    ``is_given``: the id is the sender's own. ``edition``: of the standard that it was sent under, 1 or 2. The rest is
    derived, before any transaction is open: what it is found by, the SHA-256 of the payload (a resend has the same, and
    what is stored can be checked against it), and the form in which the payload is kept.
    """

    id: str
    payload: bytes
    value: Mapping[str, Any]
    key_id: str
    is_given: bool
    edition: int
    names: Named
    digest: bytes
    kept: bytes


def incoming(
    value: Mapping[str, Any],
    payload: bytes,
    *,
    key_id: str,
    statement_id: str | None = None,
    edition: int = 1,
) -> Incoming:
    """A valid statement with its id: that of the request, its own, or one that is made here (Data 2.4.1)."""
    given = statement_id or value.get("id")
    return Incoming(
        id=new_id() if given is None else given.lower(),
        payload=payload,
        value=value,
        key_id=key_id,
        is_given=given is not None,
        edition=edition,
        names=named_in(value),
        digest=sha256(payload).digest(),
        kept=packed(payload),
    )


def new_id() -> str:
    """A UUID that rises with time (RFC 9562 §5.7): neighbours in time are neighbours in the index, which stays dense."""
    random = bytearray(urandom(10))
    random[0] = 0x70 | random[0] & 0x0F
    random[2] = 0x80 | random[2] & 0x3F
    text = (int(time() * 1000).to_bytes(6, "big") + random).hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
