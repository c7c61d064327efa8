"""What both doors for programs ask of whoever comes: HTTPS, not too often, and bodies that are whole."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from math import ceil
from typing import Any

from flask import Request, Response, request
from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge

from passport_service.domain.errors import Refused
from passport_service.doors import Deployment, answer_in_json, deployment, moment
from passport_service.services.keys import Key
from passport_service.services.limits import FAILURES_A_MINUTE

# In the environment of a request: the id of the key whose request has been counted already.
COUNTED = "passport_service.counted"
OPENS_NOTHING = "These credentials open nothing here: they are wrong, ended or expired."

log = logging.getLogger(__name__)


def refuse_plain() -> None:
    """Raises Refused NOT_ALLOWED for what came over plain HTTP from elsewhere; to be asked before credentials are read.

    Never a redirect: Moodle does not follow them, and the credentials have been in the open by then.
    """
    if not request.is_secure and not is_of_this_machine(
        request.environ, deployment().settings.trusted_proxies
    ):
        raise Refused(
            "NOT_ALLOWED",
            "Send this over https. If it was sent so, the proxy before this service is not known to it: "
            "see PASSPORT_TRUSTED_PROXIES.",
        )


def is_of_this_machine(environ: Mapping[str, Any], proxies: int) -> bool:
    """Whether a request comes from a loopback address, and not from elsewhere through a proxy here that nobody stated."""
    passed = environ.get("HTTP_X_FORWARDED_FOR", environ.get("HTTP_FORWARDED"))
    if passed is not None and not 0 < proxies <= passed.count(",") + 1:
        return False  # the address is that of the proxy
    return is_loopback(environ.get("REMOTE_ADDR") or "")


@lru_cache(maxsize=1024)
def is_loopback(address: str) -> bool:
    try:
        known = ip_address(address)
    except ValueError:
        return False
    mapped = known.ipv4_mapped if isinstance(known, IPv6Address) else None
    return (mapped or known).is_loopback


def too_often(key: Key) -> Response | None:
    """429 for a key that asks more often than its limit, or the setting's, allows."""
    if request.environ.get(COUNTED) == key.id:
        return None
    wait = seconds_to_wait(deployment(), key, moment())
    return too_many("This key asks more often than it may.", wait) if wait else None


def seconds_to_wait(here: Deployment, key: Key, now: datetime) -> float:
    """Counts a request of a key; 0 if it may go on."""
    limit = here.settings.key_rate_limit if key.rate_limit is None else key.rate_limit
    return here.limits.requests.take(key.id, limit, now) if limit else 0


def failed_too_often() -> Response | None:
    """429 for an address from which credentials came that open nothing, again and again.

    Good ones are let in from there all the same: a Moodle with an old key beside its new one must not lose batches.
    """
    address = request.remote_addr or ""
    wait = deployment().limits.failures.take(address, FAILURES_A_MINUTE, moment())
    if not wait:
        return None
    log.warning("credentials that open nothing come too often from %s", address)
    return too_many("Credentials that open nothing came from here too often.", wait)


def too_many(message: str, wait: float) -> Response:
    seconds = ceil(wait)
    said = f"{message} Wait {seconds} second{'' if seconds == 1 else 's'} before the next."
    return answer_in_json(429, "TOO_MANY", said, headers={"Retry-After": str(seconds)})


def words_for_unknown(authorization: str, needed: str) -> str:
    """What a 401 says: what is ``needed``, and of credentials that came, that they open nothing, but never why."""
    return f"{OPENS_NOTHING} {needed}" if authorization.strip() else needed


@contextmanager
def reading() -> Iterator[None]:
    """Around the reading of a body: when it cannot be read on, the server says so, each in its own way, and the fault is
    the client's. Raises BadRequest."""
    try:
        yield
    except HTTPException:
        raise
    except Exception:  # noqa: BLE001 (a cut connection, a chunk that is none: no two servers name them alike)
        raise BadRequest("The body could not be read to its end.") from None


def whole_body(asked: Request, *, cache: bool = False) -> bytes:
    """The body of a request, all of it: a document must not be kept in part.

    Raises BadRequest for one that broke off, and RequestEntityTooLarge.
    """
    most = asked.max_content_length
    if most is not None:
        if (asked.content_length or 0) > most:
            raise too_large(most)
        # Of chunks, the reader stops when it has so many, and says nothing.
        asked.max_content_length = most + 1
    with reading():
        body = asked.get_data(cache=cache)
    if most is not None and len(body) > most:
        raise too_large(most)
    if len(body) < (asked.content_length or 0):
        raise BadRequest(f"The body broke off after {len(body)} of {asked.content_length} bytes.")
    return body


def too_large(most: int) -> RequestEntityTooLarge:
    return RequestEntityTooLarge(f"The body is longer than {most} bytes, the most that is taken here.")
