"""The Statement resource (Communication 2.1): one address, four methods."""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha1
from secrets import token_hex
from urllib.parse import urlencode

import orjson
from flask import Response, request, url_for
from werkzeug.exceptions import MethodNotAllowed

from passport_service.domain.errors import Refused
from passport_service.doors import deployment, moment
from passport_service.durable import staging
from passport_service.lrs.bodies import Brought, pieces_of, receive
from passport_service.lrs.call import MULTIPART
from passport_service.lrs.door import call, consistent_through, keep_refused, key, need, version
from passport_service.lrs.parameters import refuse_unknown
from passport_service.services import statements
from passport_service.services.attachments import attached_to
from passport_service.services.renditions import described, given_back
from passport_service.store.statement_rows import Kept
from passport_service.xapi.errors import Invalid
from passport_service.xapi.multipart import JSON, write_multipart
from passport_service.xapi.query import IGNORED, Query, as_uuid, parse_query, read
from passport_service.xapi.scopes import Scope
from passport_service.xapi.timestamps import http_date

METHODS = ("GET", "HEAD", "POST", "PUT", "OPTIONS")


def statement_resource() -> Response:
    """Dispatches on the method that was meant, which the alternate syntax hides in a parameter."""
    method = call().method
    if method in ("GET", "HEAD"):
        need(Scope.STATEMENTS_READ_MINE)
        consistent_through()
        return get()
    handlers: dict[str, Callable[[Brought], Response]] = {"POST": post, "PUT": put}
    if method not in handlers:
        raise MethodNotAllowed(list(METHODS))
    return kept_if_refused(handlers[method])


def kept_if_refused(handler: Callable[[Brought], Response]) -> Response:
    """What is refused, for whatever reason, is kept with it, so that somebody can look at it."""
    brought = Brought(call().body, size=(request.content_length or 0) if call().is_unread else None)
    try:
        need(Scope.STATEMENTS_WRITE)
        consistent_through(is_read=False)
        return handler(brought)
    except (Invalid, Refused) as fault:
        keep_refused(key(), fault, brought.statements, brought.size)
        raise


def post(brought: Brought) -> Response:
    """Stores one or many statements; 200 with their ids, for an empty array too."""
    refuse_unknown(())
    accepted = take_in(brought, None)
    return Response(orjson.dumps(accepted.ids), mimetype=JSON)


def put(brought: Brought) -> Response:
    """Stores one statement under the id of the request; 204."""
    refuse_unknown(("statementId",))
    statement_id = read(call().parameters, "statementId", as_uuid)
    if statement_id is None:
        raise Invalid("Communication 2.1.1", "is missing", "statementId")
    take_in(brought, statement_id)
    return Response(status=204)


def take_in(brought: Brought, statement_id: str | None) -> statements.Accepted:
    """Accepts the body, with attachments or without."""
    if call().content_type == JSON:
        return accept(brought, statement_id)
    if call().content_type != MULTIPART:
        raise Invalid("Communication 1.5", f"must be {JSON} or {MULTIPART}", "Content-Type")
    return take_in_parts(brought, statement_id)


def take_in_parts(brought: Brought, statement_id: str | None) -> statements.Accepted:
    """Reads everything to disk first, however slowly it comes, and only then begins to store it."""
    settings = deployment().settings
    pieces: Iterable[bytes] = (brought.statements,)
    if call().is_unread:
        pieces = pieces_of(request, settings.attachment_limit)
    brought.statements, brought.size = b"", request.content_length or 0
    with staging(settings.incoming_folder) as file:
        receive(brought, call().headers["content-type"], pieces, file, settings.body_limit)
        return accept(brought, statement_id)


def accept(brought: Brought, statement_id: str | None) -> statements.Accepted:
    here = deployment()
    return statements.accept(
        here.store,
        key=key(),
        body=brought.statements,
        now=moment(),
        clock=here.clock,
        statement_id=statement_id,
        attached=list(brought.attached.values()),
        version=version(),
    )


def get() -> Response:
    """One statement by its id, or a page of those that fit the filters."""
    query = parse_query(call().parameters, version())
    return one(query) if query.is_single else many(query)


def one(query: Query) -> Response:
    here = deployment()
    found = statements.find(here.store, query, key=key())
    if found is None:
        raise Refused("NOT_FOUND", "There is no such statement that this key may read.", "statementId")
    known = described(here.store, [found], query.format)
    language = call().headers.get("accept-language")
    text = given_back(found, here.settings.public_url, query.format, language, known)
    answer = shown(text, [found], query)
    answer.headers["Last-Modified"] = http_date(found.stored)
    answer.headers["ETag"] = f'"{sha1(text, usedforsecurity=False).hexdigest()}"'
    return answer


def many(query: Query) -> Response:
    here = deployment()
    found = statements.search(
        here.store,
        query,
        key=key(),
        home=here.settings.public_url,
        language=call().headers.get("accept-language"),
    )
    more = orjson.dumps(more_of(found.cursor))
    text = b'{"statements":[' + b",".join(found.statements) + b'],"more":' + more + b"}"
    answer = shown(text, found.kept, query)
    if found.kept:
        answer.headers["Last-Modified"] = http_date(max(kept.stored for kept in found.kept))
    return answer


def shown(text: bytes, kept: Sequence[Kept], query: Query) -> Response:
    """JSON, or with attachments asked for, the parts that hold it and them."""
    if not query.attachments:
        return Response(text, mimetype=JSON)
    enclosed = attached_to(deployment().store, kept)
    content_type, size, body = write_multipart(text, enclosed, token_hex(24))
    return Response(body, content_type=content_type, headers={"Content-Length": str(size)})


def more_of(cursor: str | None) -> str:
    """Where the next page is, as an absolute path; empty at the end (Data 2.5).

    As short as can be: a form (Communication 1.3) may have asked for more than the line of a GET holds.
    """
    if cursor is None:
        return ""
    asked = {name: value for name, value in call().parameters.items() if name not in IGNORED}
    return f"{url_for('lrs.statements')}?{urlencode(asked | {'cursor': cursor}, safe='/:')}"
