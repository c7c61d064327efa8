"""The About resource: which versions are spoken here (Communication 2.8)."""

import orjson
from flask import Response
from werkzeug.exceptions import MethodNotAllowed

from passport_service.lrs.door import call
from passport_service.lrs.parameters import refuse_unknown
from passport_service.xapi.versions import SUPPORTED


def about() -> Response:
    if call().method not in ("GET", "HEAD"):
        raise MethodNotAllowed(["GET", "HEAD", "OPTIONS"])
    refuse_unknown(())
    return Response(orjson.dumps({"version": list(SUPPORTED)}), mimetype="application/json")
