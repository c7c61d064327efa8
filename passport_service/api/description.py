"""The description of this interface for programs, in the words of OpenAPI."""

from flask import Response

from passport_service.api.door import blueprint
from passport_service.data import read_openapi


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """Open to everyone: it says nothing of anybody."""
    return Response(read_openapi(), mimetype="application/json")
