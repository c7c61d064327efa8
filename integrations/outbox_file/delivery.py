"""Each notice as one file that mail programs open and people can read: whole or not at all, and once."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.policy import EmailPolicy
from hashlib import sha256
from pathlib import Path
from typing import Any

from integrations.smtp.letters import as_letter
from passport_service.durable import write_once
from passport_service.plugins import Deliver, Message, NotDelivered

READABLE = EmailPolicy(cte_type="8bit", utf8=True, linesep="\n", max_line_length=None)
SENDER = "training-passport@localhost"
LONGEST_NAME = 100


def folder_delivery(settings: Mapping[str, Any]) -> Deliver:
    """A delivery into the folder `outbox_folder`, made if need be for the service's own account alone.

    `mail_from` is the sender shown, if set. Raises ValueError when the folder is missing or cannot be
    written.
    """
    if not settings.get("outbox_folder"):
        raise ValueError("outbox_folder: the folder is missing")
    folder = Path(settings["outbox_folder"])
    sender = str(settings.get("mail_from") or SENDER)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as fault:
        raise ValueError(f"outbox_folder: {fault.strerror}") from None

    def deliver(message: Message) -> None:
        letter = as_letter(message, sender, datetime.now(UTC), encoding="8bit")
        try:
            write_once(folder / file_name(message.id), letter.as_bytes(policy=READABLE))
        except OSError as fault:
            raise NotDelivered(f"The outbox cannot be written: {fault.strerror}.", again=True) from None

    return deliver


def file_name(message_id: str) -> str:
    """A name that is safe whatever the id, and different for different ids."""
    plain = "".join(one for one in message_id if one.isascii() and (one.isalnum() or one in "-_"))
    if plain == message_id and 0 < len(plain) <= LONGEST_NAME:
        return f"{plain}.eml"
    return f"{plain[:40]}-{sha256(message_id.encode(errors='replace')).hexdigest()[:24]}.eml"
