"""The Statement resource (Communication 2.1): one address, four methods."""

from collections.abc import Callable, Sequence
from hashlib import sha1
from urllib.parse import urlencode

import orjson
from flask import Response, url_for
from werkzeug.exceptions import MethodNotAllowed

from passport_service.domain.errors import Refused
from passport_service.doors import deployment, moment
from passport_service.lrs.door import call, consistent_through, key
from passport_service.services import refusals, statements
from passport_service.services.statements import authority_of, given_back
from passport_service.store.statement_rows import Kept
from passport_service.xapi.errors import Invalid
from passport_service.xapi.multipart import Attached, read_multipart, write_multipart
from passport_service.xapi.query import IGNORED, Query, as_uuid, parse_query, read
from passport_service.xapi.timestamps import http_date

METHODS = ("GET", "HEAD", "POST", "PUT", "OPTIONS")
JSON = "application/json"
MULTIPART = "multipart/mixed"


def statement_resource() -> Response:
    """Dispatches on the method that was meant, which the alternate syntax hides in a parameter."""
    handlers: dict[str, Callable[[], Response]] = {"GET": get, "HEAD": get, "POST": post, "PUT": put}
    handler = handlers.get(call().method)
    if handler is None:
        raise MethodNotAllowed(list(METHODS))
    consistent_through()
    return handler()


def post() -> Response:
    """Stores one or many statements; 200 with their ids, for an empty array too."""
    refuse_parameters(())
    accepted = take_in(None)
    return Response(orjson.dumps(accepted.ids), mimetype=JSON)


def put() -> Response:
    """Stores one statement under the id of the request; 204."""
    refuse_parameters(("statementId",))
    statement_id = read(call().parameters, "statementId", as_uuid)
    if statement_id is None:
        raise Invalid("Communication 2.1.1", "is missing", "statementId")
    take_in(statement_id)
    return Response(status=204)


def refuse_parameters(known: tuple[str, ...]) -> None:
    for name in call().parameters:
        if name not in known and name not in IGNORED:
            raise Invalid("Communication 3.2", "is not a parameter of this request", name)


def take_in(statement_id: str | None) -> statements.Accepted:
    """Accepts the body; what is refused is kept with its reason, so that somebody can look at it."""
    here = deployment()
    body = call().body
    attached: list[Attached] = []
    try:
        if call().content_type == MULTIPART:
            body, attached = read_multipart(call().headers["content-type"], body)
        elif call().content_type != JSON:
            raise Invalid("Communication 1.5", f"must be {JSON} or {MULTIPART}", "Content-Type")
        return statements.accept(
            here.store,
            key=key(),
            body=body,
            now=moment(),
            clock=here.clock,
            statement_id=statement_id,
            attached=attached,
        )
    except (Invalid, Refused) as fault:
        refusals.refuse(
            here.store, key=key(), body=body, fault=fault, now=moment(), quota=here.settings.refused_quota
        )
        raise


def get() -> Response:
    """One statement by its id, or a page of those that fit the filters."""
    query = parse_query(call().parameters)
    return one(query) if query.is_single else many(query)


def one(query: Query) -> Response:
    here = deployment()
    found = statements.find(here.store, query, key=key())
    if found is None:
        raise Refused("NOT_FOUND", "There is no such statement among those of this key.", "statementId")
    authority = authority_of(key(), here.settings.public_url)
    text = given_back(found, authority, query.format, call().headers.get("accept-language"))
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
    attached = statements.attached_to(deployment().store, kept, key=key())
    content_type, body = write_multipart(text, attached)
    return Response(body, content_type=content_type)


def more_of(cursor: str | None) -> str:
    """Where the next page is, as an absolute path; empty at the end (Data 2.5)."""
    if cursor is None:
        return ""
    asked = {name: value for name, value in call().parameters.items() if name not in IGNORED}
    return f"{url_for('lrs.statements')}?{urlencode(asked | {'cursor': cursor})}"
