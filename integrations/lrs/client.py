"""tincan's client over the bounded connection, with pages of statements kept as they came."""

import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import orjson
from tincan.http_request import HTTPRequest
from tincan.lrs_response import LRSResponse
from tincan.remote_lrs import RemoteLRS

from integrations.lrs.addresses import NotAllowed, Resolve, Unreachable, find_target, origin_of
from integrations.lrs.connection import exchange
from integrations.lrs.settings import StoreSettings
from passport_service.xapi.timestamps import parse_timestamp

LONGEST_MORE = 8000  # characters
LONGEST_TO_RESOLVE = 5.0  # seconds


class BadAnswer(Unreachable):
    """The other store answered, but not as the standard says."""


class Unwilling(BadAnswer):
    """The other store answered with an error; ``status`` is its HTTP status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Page:
    """Statements as they came, unchecked; where more are; until when the store says it is complete."""

    statements: list[Any]
    more: str | None
    consistent_through: datetime | None


class BoundedStore(RemoteLRS):
    """Another store, resolved and checked once; every exchange goes to that address, within the limits.

    Raises NotAllowed or Unreachable when it is made.
    """

    # tincan allows only attributes that are named here.
    _props = [*RemoteLRS._props, "settings", "target", "trust"]

    def __init__(
        self,
        settings: StoreSettings,
        *,
        resolve: Resolve | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(endpoint=settings.endpoint)
        self._auth = _basic(settings)
        self._version = settings.version  # past tincan's own list, which ends at 1.0.3
        self._settings = settings
        self._trust = trust
        self._target = find_target(
            settings.endpoint,
            allowed_private_hosts=settings.allowed_private_hosts,
            allow_http=settings.allow_http,
            seconds=min(LONGEST_TO_RESOLVE, settings.exchange_seconds),
            resolve=resolve,
        )

    def first_page(self, since: datetime | None, limit: int) -> Page:
        """The oldest statements stored after ``since``. Raises Unreachable."""
        query = {"ascending": "true", "limit": str(limit), **(self._settings.filters or {})}
        if since is not None:
            query["since"] = since.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return _page(self._send_request(HTTPRequest(method="GET", resource="statements", query_params=query)))

    def next_page(self, more: str) -> Page:
        """The page that ``more`` of an earlier one leads to. Raises NotAllowed when that is another host."""
        url = _joined(self.endpoint + "statements", more)
        if url is None:
            raise BadAnswer(f"{self._target.host} says that more is at an address that cannot be one.")
        if origin_of(url) != self._target.origin:
            raise NotAllowed(f"{self._target.host} says that more is on another host.")
        return _page(self._send_request(HTTPRequest(method="GET", resource=url)))

    def _send_request(self, request: HTTPRequest) -> LRSResponse:
        """Every call of tincan comes through here."""
        parts = urlsplit(urljoin(self.endpoint, request.resource))
        query = "&".join(part for part in (parts.query, urlencode(request.query_params)) if part)
        headers = {"X-Experience-API-Version": self.version, **request.headers}
        if self.auth:
            headers["Authorization"] = self.auth
        content = request.content
        response, body = exchange(
            self._target,
            request.method,
            f"{parts.path or '/'}?{query}" if query else parts.path or "/",
            headers=headers,
            body=content.encode() if isinstance(content, str) else None,
            seconds=self._settings.exchange_seconds,
            most_bytes=self._settings.page_bytes,
            trust=self._trust,
        )
        return _as_tincan(request, response, body, self._target.host)


def _as_tincan(request: HTTPRequest, response: Any, body: bytes, host: str) -> LRSResponse:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise BadAnswer(f"{host} answers with something that is not UTF-8.") from None
    return LRSResponse(success=200 <= response.status < 300, request=request, response=response, data=text)


def _basic(settings: StoreSettings) -> str | None:
    if not settings.key:
        return None
    credentials = b64encode(f"{settings.key}:{settings.secret}".encode())
    return f"Basic {credentials.decode()}"


def _joined(base: str, more: str) -> str | None:
    """The whole address of ``more``, or None when it cannot be one; joining would drop line breaks silently."""
    if len(more) > LONGEST_MORE or not more.isprintable() or " " in more:
        return None
    try:
        return urljoin(base, more)
    except ValueError:
        return None


def _page(answer: LRSResponse) -> Page:
    status = answer.response.status
    if not answer.success:
        raise Unwilling(f"The other store answers {status}.", status)
    try:
        body = orjson.loads(answer.data)
    except orjson.JSONDecodeError:
        raise BadAnswer("The other store answers with something that is not JSON.") from None
    statements, more = (body.get("statements"), body.get("more")) if isinstance(body, dict) else (None, None)
    if not isinstance(statements, list) or not isinstance(more or "", str):
        raise BadAnswer("The other store answers with JSON that is not a page of statements.")
    return Page(statements, more or None, _consistent_through(answer.response.headers))


def _consistent_through(headers: Mapping[str, str]) -> datetime | None:
    """Until when every statement is visible, if the store says so in a way that can be read."""
    try:
        return parse_timestamp(headers.get("X-Experience-API-Consistent-Through") or "")
    except ValueError:
        return None
