"""The description of this door for programs, in the words of OpenAPI."""

from flask import Response
from werkzeug.exceptions import MethodNotAllowed

from passport_service.data import read_xapi_openapi
from passport_service.lrs.door import call

METHODS = ("GET", "HEAD", "OPTIONS")


def description() -> Response:
    """Open to everyone: it says nothing of anybody."""
    if call().method not in METHODS:
        raise MethodNotAllowed(list(METHODS))
    return Response(read_xapi_openapi(), mimetype="application/json")
