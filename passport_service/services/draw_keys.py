"""The file with the key of the coming draws: made once, readable by its owner alone, read by the draw alone (R8.4)."""

import os
import secrets
from pathlib import Path

from passport_service.domain.errors import Refused

LENGTH = 32


def read_or_make(path: Path) -> bytes:
    """The key in a file, made if there is none. Raises Refused MALFORMED for a file that holds no key."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) < LENGTH:
            raise Refused("MALFORMED", f"{path} does not hold a draw key.", "draw_key_file") from None
        return key
    with os.fdopen(descriptor, "wb") as file:
        key = secrets.token_bytes(LENGTH)
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key
