"""The arithmetic of the hash chain: pure, and all there is to know for checking the ledger elsewhere.

``digest`` = SHA-256(salt + payload text). ``link`` = SHA-256(previous link + digest + envelope), the envelope
being the JSON array [id, stream, seq, kind, effective_at, recorded_at, caused_by, policy_version, rests_on]
with moments as ``fields.moment_text``. A payload can go, with its salt, and every link still holds; any other
change shows. The first link of a stream follows 32 zero bytes. ``transaction_id`` stays outside: a restore
renumbers it.
"""

import secrets
from collections.abc import Iterable
from hashlib import sha256

import orjson

START = bytes(32)
"""What the first link of a stream, and the first seal, follow."""


def new_salts(number: int) -> list[bytes]:
    """Salts of 128 random bits: without them a digest of a short payload could be guessed after erasure."""
    random = secrets.token_bytes(16 * number)
    return [random[at : at + 16] for at in range(0, len(random), 16)]


def digest_of(salt: bytes, body: str) -> bytes:
    return sha256(salt + body.encode()).digest()


def link_of(previous: bytes, digest: bytes, envelope: list[int | str | None]) -> bytes:
    return sha256(previous + digest + orjson.dumps(envelope)).digest()


def root_of(heads: Iterable[tuple[str, int, bytes]]) -> bytes:
    """The hash over stream heads (stream, seq, link), in the order of their names."""
    whole = sha256()
    for stream, seq, link in sorted(heads):
        whole.update(orjson.dumps([stream, seq, link.hex()]))
    return whole.digest()


def seal_link_of(previous: bytes, sealed_at: str, through_id: int, root: bytes) -> bytes:
    """A seal covers the seal before it: changing an old one breaks every later one."""
    return sha256(previous + root + orjson.dumps([sealed_at, through_id])).digest()
