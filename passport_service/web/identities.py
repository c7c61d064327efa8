"""By what a person is known in learning systems: link, unlink, and undo either (R2.11). Names never identify."""

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from passport_service.domain.calendar import start_of_day
from passport_service.domain.errors import Refused
from passport_service.domain.roles import Act
from passport_service.doors import deployment, moment
from passport_service.services import people
from passport_service.web.access import allow
from passport_service.web.forms import Form, at_most, day, needed, radios, text
from passport_service.web.reach import person_in_reach, roles_with
from passport_service.web.users import user
from passport_service.xapi.actor import MAILBOX, key_of
from passport_service.xapi.values import is_iri

blueprint = Blueprint("identities", __name__, url_prefix="/practitioners/<stream>/identities")

WHO_MAY = roles_with(Act.MANAGE_PEOPLE)
KINDS = [
    ("account", "An account in a learning system"),
    ("mailbox", "An e-mail address that a learning system sends"),
]


class LinkForm(Form):
    kind = radios("What kind of identifier is it?", KINDS, "Choose an account or an e-mail address.")
    home_page = text(
        "Home page of the account", at_most(500), hint="The learning system’s address, for an account only"
    )
    name = text(
        "Account name or e-mail address",
        needed("Enter the account name or the e-mail address."),
        at_most(500),
    )
    from_on = day("From which day is it theirs?", hint="Leave empty if it has always been theirs")

    def key(self) -> str:
        """The identifier as it is kept. Raises Refused MALFORMED."""
        name = (self.name.data or "").strip()
        if self.kind.data == "mailbox":
            if not MAILBOX.fullmatch(f"mailto:{name}"):
                raise Refused("MALFORMED", "Enter an e-mail address, like name@council.example.", "name")
            return key_of({"mbox": f"mailto:{name}"}) or ""
        home = (self.home_page.data or "").strip()
        if not is_iri(home):
            raise Refused("MALFORMED", "Enter the home page with https:// in front.", "home_page")
        return key_of({"account": {"homePage": home, "name": name}}) or ""


class UnlinkForm(Form):
    how = radios(
        "Was it ever theirs?",
        [("never", "No, it was linked by mistake"), ("until", "Yes, up to a day")],
        "Choose whether it was ever theirs.",
    )
    until_on = day("First day on which it is no longer theirs", hint="Only if it was theirs up to then")

    def until(self) -> datetime | None:
        """From when on it is not theirs any more; None: it never was. Raises Refused MALFORMED."""
        if self.how.data == "never":
            return None
        if self.until_on.data is None:
            raise Refused("MALFORMED", "Enter the first day on which it is no longer theirs.", "until_on")
        return start_of_day(self.until_on.data)


@blueprint.get("/link")
@allow(*WHO_MAY)
def link(stream: str) -> str:
    return render_template("practitioners/link.html", form=LinkForm(), person=person_in_reach(stream))


@blueprint.post("/link")
@allow(*WHO_MAY)
def link_now(stream: str) -> ResponseReturnValue:
    """Link; statements that waited under the identifier are read again at once."""
    person, form = person_in_reach(stream), LinkForm()
    if form.validate_on_submit():
        try:
            since = start_of_day(form.from_on.data) if form.from_on.data else None
            _link(stream, form.key(), since, "linked on the page")
        except Refused as refusal:
            form.refuse(refusal, {"from": "from_on"})
        else:
            flash(
                "The identifier is linked. Statements that were waiting under it have been read again.",
                "success",
            )
            return _back(stream)
    return render_template("practitioners/link.html", form=form, person=person), 400


@blueprint.post("/relink")
@allow(*WHO_MAY)
def relink(stream: str) -> ResponseReturnValue:
    """Undo an unlinking: the identifier is theirs again, from the same moment as before."""
    person_in_reach(stream)
    since = request.form.get("since", "")
    try:
        from_at = datetime.fromisoformat(since).astimezone(UTC) if since else None
    except (ValueError, OverflowError):
        raise Refused("MALFORMED", "From when it is theirs cannot be read.") from None
    _link(stream, _key_sent(), from_at, "unlinking undone")
    flash("The unlinking is undone: the identifier is theirs again.", "success")
    return _back(stream)


@blueprint.get("/unlink")
@allow(*WHO_MAY)
def unlink(stream: str) -> str:
    key = request.args.get("key", "")[:2000]
    return render_template(
        "practitioners/unlink.html", form=UnlinkForm(), person=person_in_reach(stream), key=key
    )


@blueprint.post("/unlink")
@allow(*WHO_MAY)
def unlink_now(stream: str) -> ResponseReturnValue:
    """Unlink; what rested on it goes back to waiting, and an undo brings it back."""
    person, form, key = person_in_reach(stream), UnlinkForm(), _key_sent()
    if form.validate_on_submit():
        try:
            people.unlink(
                deployment().store, stream, key, now=moment(), caused_by=user().caused_by, until=form.until()
            )
        except Refused as refusal:
            form.refuse(refusal)
        else:
            flash("The identifier is no longer theirs. You can undo this under Identities.", "success")
            return _back(stream)
    return render_template("practitioners/unlink.html", form=form, person=person, key=key), 400


def _link(stream: str, key: str, from_at: datetime | None, why: str) -> None:
    store, now = deployment().store, moment()
    people.link(store, stream, key, now=now, caused_by=user().caused_by, from_at=from_at, why=why)


def _key_sent() -> str:
    key = request.form.get("key", "")
    if not key or len(key) > 2000 or "\x00" in key:
        raise Refused("MALFORMED", "Which identifier is meant is not clear.", "key")
    return key


def _back(stream: str) -> ResponseReturnValue:
    return redirect(url_for("practitioners.one", stream=stream, _anchor="identities"))
