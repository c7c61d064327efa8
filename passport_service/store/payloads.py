"""A statement's own bytes in a fifth of the room: deflated against the words that statements are made of.

The first byte says how: a brace is a payload kept plain, 1 is raw deflate (RFC 1951) against the words of that number.
Statements are short and alike, so what they share with each other saves more than what they share with themselves.
"""

import zlib

from passport_service.data import read_payload_words

WORDS = read_payload_words(1)
DEFLATED = b"\x01"
LEVEL, WINDOW, MEMORY = 1, -13, 6
# Copying a compressor that has read the words costs a fraction of reading them again.
PRIMED = zlib.compressobj(LEVEL, zlib.DEFLATED, WINDOW, MEMORY, zlib.Z_DEFAULT_STRATEGY, WORDS)


def packed(payload: bytes) -> bytes:
    """The bytes to keep for a statement's JSON text."""
    one = PRIMED.copy()
    return DEFLATED + one.compress(payload) + one.flush()


def unpacked(kept: bytes) -> bytes:
    """The statement's JSON text again, byte for byte. Raises ValueError for what `packed` never made."""
    if kept[:1] == b"{":
        return kept
    if kept[:1] != DEFLATED:
        raise ValueError("a payload in a form that this release does not know")
    return zlib.decompressobj(WINDOW, WORDS).decompress(kept[1:])
