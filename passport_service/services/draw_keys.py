"""The file with the key of the coming draws: made once, readable by its owner alone, read by the draw alone (R8.4)."""

import secrets
from pathlib import Path

from passport_service.domain.council import Council
from passport_service.domain.errors import Refused
from passport_service.domain.moderation import commitment
from passport_service.durable import write_once
from passport_service.services.draws import next_place, published, secret_of

LENGTH = 32


def read_or_make(path: Path) -> bytes:
    """The key in a file, made if there is none. Raises Refused MALFORMED for a file that holds no key."""
    write_once(path, secrets.token_bytes(LENGTH))
    key = path.read_bytes()
    if len(key) < LENGTH:
        raise Refused("MALFORMED", f"{path} does not hold a draw key.", "draw_key_file")
    return key


def is_lost(council: Council, path: Path) -> bool:
    """Whether there is no key though the hash of a secret of one is published: another would not answer it."""
    return bool(council.commitments) and not path.exists()


def is_in_place(council: Council, path: Path) -> bool:
    """Whether the next draw can be run with the file as it is: it holds the published key, or none is published yet."""
    standing = published(council)
    if standing is None:
        return not is_lost(council, path)
    return path.is_file() and commitment(secret_of(path.read_bytes(), next_place(council))) == standing
