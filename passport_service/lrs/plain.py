"""A plain POST of statements, taken in without what a web framework does for every request there could be.

Nearly all that learning systems send is of one kind: JSON POSTed to the statements, with a key's id and secret. Finding the
view, and making the objects around it, would cost more than taking it in (docs/decisions/0014). Only what is accepted is
answered here, and in the very same way. All else, every refusal too, goes on to the ordinary door, which starts afresh.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import orjson
from werkzeug.sansio.utils import host_is_trusted

from passport_service.domain.errors import Refused
from passport_service.doors import FAULT, Deployment
from passport_service.entrance import COUNTED, is_of_this_machine, seconds_to_wait
from passport_service.lrs.authorization import basic_credentials
from passport_service.lrs.call import LARGE
from passport_service.lrs.door import ALWAYS, CONSISTENT
from passport_service.services import credentials, key_memory, statements
from passport_service.services.key_uses import note_use
from passport_service.services.keys import Key
from passport_service.xapi.errors import Invalid
from passport_service.xapi.multipart import JSON
from passport_service.xapi.scopes import Scope, allows
from passport_service.xapi.timestamps import format_assigned
from passport_service.xapi.versions import HEADER, Version, understood

Environ = dict[str, Any]
Start = Callable[..., Any]
# What makes a request another than the plain one.
UNUSUAL = ("HTTP_CONTENT_ENCODING", "HTTP_TRANSFER_ENCODING", "HTTP_EXPECT")


class PlainPosts:
    """Answers plain POSTs of statements that are accepted; None for any other request, whose body is then still there."""

    def __init__(self, here: Deployment, path: str, hosts: Sequence[str]) -> None:
        self._here = here
        self._path = path
        self._hosts = list(hosts)
        self._pepper = here.settings.secret_key.get_secret_value()
        self._more = [*ALWAYS, *here.machine_headers]

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes] | None:
        if environ["PATH_INFO"] != self._path or environ["REQUEST_METHOD"] != "POST":
            return None
        version = understood(environ.get("HTTP_X_EXPERIENCE_API_VERSION"))
        if version is None or not self._is_plain(environ):
            return None
        now = self._here.clock()
        try:
            self._here.store.refresh()
            sender = self._sender(environ, now)
            if sender is None:
                return None
            key, stamp = sender
            length = int(environ["CONTENT_LENGTH"])
            body = environ["wsgi.input"].read(length)
            environ["wsgi.input"] = BytesIO(body)  # for the ordinary door, should it have to read it again
            if len(body) < length:
                return None
            ids = self._take_in(key, stamp, body, version, now)
        except (Invalid, Refused):
            return None
        except key_memory.KeysChanged:
            key_memory.forget(self._here.store)
            return None
        except Exception as fault:  # noqa: BLE001 (raised again there: nothing is tried twice that may have been done)
            environ[FAULT] = fault
            return None
        return self._answer(ids, version, start)

    def _is_plain(self, environ: Environ) -> bool:
        length = environ.get("CONTENT_LENGTH", "")
        return (
            not environ.get("QUERY_STRING")
            and environ.get("CONTENT_TYPE") == JSON
            and length.isascii()
            and length.isdigit()
            and int(length) <= LARGE
            and not any(name in environ for name in UNUSUAL)
            and self._is_private(environ)
            and host_is_trusted(environ.get("HTTP_HOST", ""), self._hosts)
        )

    def _is_private(self, environ: Environ) -> bool:
        """By HTTPS, or on this machine; a demonstration is for this machine alone."""
        if environ["wsgi.url_scheme"] == "https" and not self._here.settings.demo:
            return True
        return is_of_this_machine(environ, self._here.settings.trusted_proxies)

    def _sender(self, environ: Environ, now: datetime) -> tuple[Key, int] | None:
        """Whose credentials they are, from memory, and how old that is; None for anybody who is not simply let write."""
        given = basic_credentials(environ.get("HTTP_AUTHORIZATION", ""))
        found = None if given is None else key_memory.find(self._here.store, given[0])
        if given is None or found is None:
            return None
        opened = credentials.by_secret(found[0], *given, purpose="xapi", pepper=self._pepper)
        if opened is None or not allows(opened.key.scopes, Scope.STATEMENTS_WRITE):
            return None
        if seconds_to_wait(self._here, opened.key, now):
            return None
        environ[COUNTED] = opened.key.id
        note_use(self._here.store, opened.key, opened.number, environ.get("REMOTE_ADDR"), now)
        return opened.key, found[1]

    def _take_in(self, key: Key, stamp: int, body: bytes, version: Version, now: datetime) -> list[str]:
        store, clock = self._here.store, self._here.clock
        accepted = statements.accept(
            store, key=key, body=body, now=now, clock=clock, version=version, stamp=stamp
        )
        return accepted.ids

    def _answer(self, ids: list[str], version: Version, start: Start) -> Iterable[bytes]:
        consistent = self._here.store.consistent_recently(self._here.clock())
        body = orjson.dumps(ids)
        headers = [
            ("Content-Type", JSON),
            ("Content-Length", str(len(body))),
            (HEADER, str(version)),
            (CONSISTENT, format_assigned(consistent)),
            *self._more,
        ]
        start("200 OK", headers)
        return [body]
