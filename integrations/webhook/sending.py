"""One POST for each transition, signed, in order; what was not taken is sent again, with the same id, by the next run.

The message says what happened and where the present state can be read, never why. Network limits are those of the record
stores: one exchange bounded in time and size, no redirects, no private addresses unless allowed.
"""

import hmac
import time
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import orjson

from integrations.lrs.addresses import Target, Unreachable, find_target
from integrations.lrs.connection import exchange
from passport_service.plugins import Forwarded, Transition

PREFIX = "whsec_"
LEAST_SECRET = 24  # bytes, as the standard has it
SECONDS = 15.0
MOST_ANSWER = 64 * 1024
NOT_ITS_FAULT = frozenset({401, 403, 404, 408, 410, 429})  # the other side or our settings, not this message
NAMES = frozenset({"endpoint", "secret", "allow_http", "allowed_private_hosts"})


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """Where messages go and how they are signed. ``secret`` is ``whsec_`` and base64 of 24 bytes or more."""

    endpoint: str
    secret: bytes = field(repr=False)
    allow_http: bool = False
    allowed_private_hosts: tuple[str, ...] = ()


def tell(
    settings: Mapping[str, Any], transitions: Iterable[Transition], *, sent: Callable[[str], None]
) -> Forwarded:
    """Send each transition in the order given; stops with a ``problem`` where the other side does not take one.

    A message that it refuses for good (another 4xx) is reported and passed over. Raises ValueError for a wrong setting.
    """
    checked = read_settings(settings)
    report = Forwarded()
    try:
        target = find_target(
            checked.endpoint,
            allowed_private_hosts=checked.allowed_private_hosts,
            allow_http=checked.allow_http,
        )
        for one in transitions:
            status = _post(target, checked, one)
            if 200 <= status < 300:
                report.sent.append(one.id)
                sent(one.id)
            elif status >= 500 or status in NOT_ITS_FAULT:
                report.problem = f"The other side answers {status}."
                break
            else:
                report.refused.append((one.id, f"The other side answers {status}."))
    except Unreachable as fault:
        report.problem = str(fault)
    return report


def read_settings(given: Mapping[str, Any]) -> WebhookSettings:
    """Raises ValueError that names the setting at fault."""
    unknown = sorted(set(given) - NAMES)
    if unknown:
        raise ValueError(f"{unknown[0]}: there is no such setting of a webhook")
    text = str(given.get("secret") or "")
    try:
        secret = b64decode(text.removeprefix(PREFIX), validate=True)
    except NotBase64:
        secret = b""
    if not text.startswith(PREFIX) or len(secret) < LEAST_SECRET:
        raise ValueError(f"secret: must be {PREFIX} and base64 of at least {LEAST_SECRET} random bytes")
    return WebhookSettings(
        endpoint=str(given.get("endpoint") or ""),
        secret=secret,
        allow_http=str(given.get("allow_http", "")).lower() in ("true", "yes", "1"),
        allowed_private_hosts=tuple(given.get("allowed_private_hosts") or ()),
    )


def message(one: Transition) -> bytes:
    """The body of a transition: its type, its moment, and what it is about."""
    at = one.at.isoformat().replace("+00:00", "Z")
    data = {"id": one.id, "passport": one.passport, "status": one.status_link}
    return orjson.dumps({"type": f"passport.{one.kind}", "timestamp": at, "data": data})


def signature(secret: bytes, id: str, timestamp: int, body: bytes) -> str:
    """What proves that a message is ours: ``v1,`` and base64 of the HMAC-SHA-256 of id, time and body."""
    signed = f"{id}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.new(secret, signed, sha256).digest()).decode()


def _post(target: Target, settings: WebhookSettings, one: Transition) -> int:
    """The HTTP status of the answer."""
    body, now, parts = message(one), int(time.time()), urlsplit(settings.endpoint)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": one.id,
        "webhook-timestamp": str(now),
        "webhook-signature": signature(settings.secret, one.id, now, body),
    }
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    answer, _ = exchange(
        target, "POST", path, headers=headers, body=body, seconds=SECONDS, most_bytes=MOST_ANSWER
    )
    return answer.status
