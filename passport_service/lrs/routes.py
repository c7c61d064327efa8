"""The addresses of the xAPI resources. Those that are not built yet answer 404, which senders take for "nothing there"."""

from flask import Blueprint, Response

from passport_service.domain.errors import Refused
from passport_service.lrs.about import about
from passport_service.lrs.door import answer_invalid, enter, leave
from passport_service.lrs.statements import statement_resource
from passport_service.xapi.errors import Invalid

blueprint = Blueprint("lrs", __name__, url_prefix="/xapi")
blueprint.before_request(enter)
blueprint.after_request(leave)
blueprint.register_error_handler(Invalid, answer_invalid)


def elsewhere(rest: str) -> Response:
    """Any other address below this door, so that a browser's script may read the 404."""
    raise Refused("NOT_FOUND", "There is no such resource here.", rest[:100])


# Every method comes in, so that one which a resource does not have is refused by this door and not by another.
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")
RESOURCES = (
    ("/statements", "statements", statement_resource),
    ("/about", "about", about),
    ("/<path:rest>", "elsewhere", elsewhere),
)
for address, name, view in RESOURCES:
    blueprint.add_url_rule(address, name, view, methods=METHODS, provide_automatic_options=False)
