"""Hands letters to the mail server within a time limit, and says whether a failure is worth another try."""

import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

from integrations.smtp.letters import as_letter
from passport_service.plugins import Deliver, Message, NotDelivered

THIS_HOST = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The mail server and the sender; ``seconds`` bounds each step of a conversation."""

    host: str
    sender: str
    port: int = 587
    security: str = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    seconds: float = 20.0


def mail_delivery(settings: Mapping[str, Any]) -> Deliver:
    """A delivery by mail, from the service's own settings `smtp_…` and `mail_from`.

    `smtp_security` is `starttls`, `tls`, or `none` for a relay on this host. Raises ValueError that names
    a wrong one.
    """
    checked = read_settings(settings)

    def deliver(message: Message) -> None:
        hand_over(as_letter(message, checked.sender, datetime.now(UTC)), checked)

    return deliver


def read_settings(settings: Mapping[str, Any]) -> MailSettings:
    """Raises ValueError that names the setting at fault."""
    host, sender = str(settings.get("smtp_host") or ""), str(settings.get("mail_from") or "")
    security = str(settings.get("smtp_security") or "starttls")
    if not host:
        raise ValueError("smtp_host: the mail server is missing")
    if "@" not in sender or not sender.isprintable():
        raise ValueError("mail_from: must be a mail address")
    if security not in ("starttls", "tls", "none"):
        raise ValueError("smtp_security: must be starttls, tls or none")
    if security == "none" and host.lower() not in THIS_HOST:
        raise ValueError("smtp_security: none is only for a relay on this host")
    password = settings.get("smtp_password") or ""
    reveal = getattr(password, "get_secret_value", None)
    return MailSettings(
        host=host,
        sender=sender,
        port=int(settings.get("smtp_port") or 587),
        security=security,
        username=str(settings.get("smtp_username") or ""),
        password=str(reveal() if callable(reveal) else password),
        seconds=float(settings.get("smtp_seconds") or 20.0),
    )


def hand_over(letter: EmailMessage, settings: MailSettings) -> None:
    """One letter over a connection of its own. Raises NotDelivered."""
    try:
        server = _connected(settings)
        try:
            server.send_message(letter)
        finally:
            server.close()
    except smtplib.SMTPRecipientsRefused as refusal:
        code = max((code for code, _ in refusal.recipients.values()), default=550)
        raise NotDelivered(f"The mail server refuses the recipient ({code}).", again=code < 500) from None
    except smtplib.SMTPAuthenticationError as refusal:
        raise NotDelivered(
            f"The mail server refuses our account ({refusal.smtp_code}).", again=True
        ) from None
    except smtplib.SMTPSenderRefused as refusal:
        raise NotDelivered(f"The mail server refuses our sender ({refusal.smtp_code}).", again=True) from None
    except smtplib.SMTPDataError as refusal:
        again = refusal.smtp_code < 500
        raise NotDelivered(
            f"The mail server refuses the letter ({refusal.smtp_code}).", again=again
        ) from None
    except (smtplib.SMTPException, OSError) as fault:
        raise NotDelivered(f"The mail server cannot be used: {type(fault).__name__}.", again=True) from None


def _connected(settings: MailSettings) -> smtplib.SMTP:
    if settings.security == "tls":
        context = ssl.create_default_context()
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.host, settings.port, timeout=settings.seconds, context=context
        )
    else:
        server = smtplib.SMTP(settings.host, settings.port, timeout=settings.seconds)
    try:
        if settings.security == "starttls":
            server.starttls(context=ssl.create_default_context())
        if settings.username:
            server.login(settings.username, settings.password)
    except BaseException:
        server.close()
        raise
    return server
