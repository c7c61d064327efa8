"""A notice as a letter that mail programs read: plain text, with HTML beside it where there is some."""

from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from passport_service.plugins import Message, NotDelivered

LONGEST_ADDRESS = 254  # characters (RFC 5321)
BREAKS = frozenset([*map(chr, range(32)), "\x7f", "\x85", "\u2028", "\u2029"])


def as_letter(
    message: Message, sender: str, sent_at: datetime, *, encoding: str | None = None
) -> EmailMessage:
    """The letter. Its Message-ID is made from the notice's id, so that a second copy can be known for one.

    ``encoding`` is the transfer encoding of its parts; None leaves it to the mail library. Raises
    NotDelivered, for good, when the address is not exactly one, or when a header would hold a line break
    or another control character: that is how headers are forged.
    """
    for name, value in (("recipient", message.to), ("subject", message.subject), ("id", message.id)):
        if not value.strip() or not BREAKS.isdisjoint(value):
            raise NotDelivered(f"The {name} is empty or holds a control character.", again=False)
    try:
        letter = EmailMessage()
        letter["From"] = sender
        letter["To"] = _one_address(message.to)
        letter["Subject"] = message.subject
        letter["Date"] = format_datetime(sent_at)
        letter["Message-ID"] = f"<{_local_part(message.id)}@{_domain(sender)}>"
        letter["Auto-Submitted"] = "auto-generated"
    except (MessageError, ValueError, IndexError, AttributeError):
        raise NotDelivered("The recipient is not a mail address.", again=False) from None
    letter.set_content(message.text, cte=encoding)
    if message.html:
        letter.add_alternative(message.html, subtype="html", cte=encoding)
    return letter


def _one_address(text: str) -> Address:
    if len(text) > LONGEST_ADDRESS:
        raise ValueError("too long")
    return Address(addr_spec=text)


def _local_part(message_id: str) -> str:
    """The id in characters that a Message-ID may hold; different ids stay different."""
    return "".join(
        one if one.isascii() and (one.isalnum() or one in "-_.") else f"={ord(one):x}=" for one in message_id
    )


def _domain(sender: str) -> str:
    return sender.rpartition("@")[2].strip(" >") or "localhost"
