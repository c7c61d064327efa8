"""The addresses of the xAPI resources; any other below this door answers 404, which senders take for "nothing there"."""

from flask import Blueprint, Response
from werkzeug.exceptions import RequestEntityTooLarge

from passport_service.domain.errors import Refused
from passport_service.lrs.about import about
from passport_service.lrs.description import description
from passport_service.lrs.directory import activities, agents
from passport_service.lrs.documents import activity_profile, agent_profile, state
from passport_service.lrs.door import answer_invalid, answer_too_large, enter, leave
from passport_service.lrs.statements import statement_resource
from passport_service.lrs.tokens import token_endpoint
from passport_service.xapi.errors import Invalid

blueprint = Blueprint("lrs", __name__, url_prefix="/xapi")
blueprint.before_request(enter)
blueprint.after_request(leave)
blueprint.register_error_handler(Invalid, answer_invalid)
blueprint.register_error_handler(RequestEntityTooLarge, answer_too_large)


def elsewhere(rest: str = "") -> Response:
    """Any other address below this door, so that a browser's script may read the 404."""
    if f"{rest}/".startswith("xapi/"):
        said = "The address has xapi twice: what a sender calls the endpoint ends with the first of them."
    else:
        listed = ", ".join(f"/xapi{address}" for address, _, view in RESOURCES if view is not elsewhere)
        said = f"There is no such resource here. There are {listed}."
    raise Refused("NOT_FOUND", said, rest[:100] or None)


# Every method comes in, so that one which a resource does not have is refused by this door and not by another.
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
RESOURCES = (  # told in this order to whoever asks for what is not there
    ("/about", "about", about),
    ("/statements", "statements", statement_resource),
    ("/agents", "agents", agents),
    ("/activities", "activities", activities),
    ("/activities/state", "state", state),
    ("/agents/profile", "agent_profile", agent_profile),
    ("/activities/profile", "activity_profile", activity_profile),
    ("/openapi.json", "description", description),
    ("/oauth/token", "token", token_endpoint),
    ("", "bare", elsewhere),
    ("/", "root", elsewhere),
    ("/<path:rest>", "elsewhere", elsewhere),
)
for address, name, view in RESOURCES:
    blueprint.add_url_rule(address, name, view, methods=METHODS, provide_automatic_options=False)
