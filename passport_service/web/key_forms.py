"""The forms in which it is said what a key is for and what it may do."""

from typing import Any

from wtforms import SelectMultipleField, TextAreaField
from wtforms.validators import Optional

from passport_service.domain.errors import Refused
from passport_service.services.keys import PRESETS, Key
from passport_service.web.forms import Boxes, Form, TextArea, at_most, not_blank, options, radios, text
from passport_service.xapi.scopes import Scope

SCOPES = {
    Scope.STATEMENTS_WRITE: "send statements",
    Scope.STATEMENTS_READ_MINE: "read its own statements",
    Scope.STATEMENTS_READ: "read everybody’s statements",
    Scope.STATE: "keep the state of learners in activities",
    Scope.PROFILE: "keep profiles of agents and activities",
    Scope.ALL_READ: "read everything",
    Scope.ALL: "read and write everything",
}
RIGHTS = {
    "may_void": "void statements", "may_waive": "waive requirements", "may_decide": "record decisions",
    "may_confirm": "check and confirm", "may_read": "read standings",
}  # fmt: skip
PURPOSES = [("xapi", "Learning records (xAPI): an LMS, a player"), ("api", "Case systems (API)")]


def boxes(label: str, words: dict[Any, str], hint: str, **more: Any) -> SelectMultipleField:
    """Any number of them, or none."""
    choices = options([(str(name), f"{text[0].upper()}{text[1:]}") for name, text in words.items()])
    return SelectMultipleField(label, choices=choices, description=hint, widget=Boxes(), **more)


class ChangeForm(Form):
    label = text("What is the key for?", not_blank("Say in a few words what the key is for."), at_most(200))
    scopes = boxes(
        "What may it do with learning records?",
        SCOPES,
        "Only for a key for learning records.",
        default=sorted(PRESETS["lms"]),
    )
    rights = boxes("What else may it do?", RIGHTS, "Leave all empty unless you know that it must.")
    home_pages = TextAreaField(
        "For which home pages may it speak?",
        [at_most(2000)],
        description="The addresses of its learning system, one a line. Empty: for any.",
        widget=TextArea(),
    )
    rate_limit = text(
        "How many requests may it make a minute?",
        Optional(),
        hint="Leave empty for the usual number. 0: any number.",
    )


class MakeForm(ChangeForm):
    purpose = radios("Which door does it open?", PURPOSES, "Choose what the key is for.")


def chosen(form: ChangeForm, purpose: str) -> dict[str, Any]:
    """What was chosen, as the service takes it. Raises Refused MALFORMED for a limit that is no number."""
    limit = (form.rate_limit.data or "").strip()
    if limit and not limit.isdecimal():
        raise Refused("MALFORMED", "Enter a whole number, or leave it empty.", "rate_limit")
    scopes = frozenset(Scope(one) for one in form.scopes.data or ())
    return {
        "label": form.label.data,
        "scopes": scopes if purpose == "xapi" else frozenset(),
        "home_pages": tuple((form.home_pages.data or "").split()),
        "rate_limit": int(limit) if limit else None,
        **{name: name in (form.rights.data or ()) for name in RIGHTS},
    }


def shown(key: Key) -> dict[str, Any]:
    """What a key is now, as the form shows it."""
    return {
        "label": key.label,
        "scopes": [str(one) for one in key.scopes],
        "rights": [name for name in RIGHTS if getattr(key, name)],
        "home_pages": "\n".join(key.home_pages),
        "rate_limit": "" if key.rate_limit is None else str(key.rate_limit),
    }
