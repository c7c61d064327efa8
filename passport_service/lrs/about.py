"""The About resource: which versions are spoken here (Communication 2.8)."""

import orjson
from flask import Response
from werkzeug.exceptions import MethodNotAllowed

from passport_service.lrs.door import call
from passport_service.xapi.errors import Invalid
from passport_service.xapi.query import IGNORED
from passport_service.xapi.versions import SUPPORTED


def about() -> Response:
    if call().method not in ("GET", "HEAD"):
        raise MethodNotAllowed(["GET", "HEAD", "OPTIONS"])
    for name in call().parameters:
        if name not in IGNORED:
            raise Invalid("Communication 3.2", "is not a parameter of this resource", name)
    return Response(orjson.dumps({"version": list(SUPPORTED)}), mimetype="application/json")
