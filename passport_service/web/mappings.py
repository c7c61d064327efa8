"""What an activity means: map it to a course, or end that, always with a look first at whose state would change (R2.7)."""

from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import GovCheckboxInput
from wtforms import BooleanField, HiddenField

from passport_service.domain.errors import Refused
from passport_service.domain.roles import Act
from passport_service.doors import deployment, moment
from passport_service.services import councils, previews, training
from passport_service.services.previews import Preview
from passport_service.store import queries, waiting_queries
from passport_service.store.waiting_queries import Waited
from passport_service.web.access import allow
from passport_service.web.forms import Form, asked, at_most, day, needed, radios, select, text
from passport_service.web.reach import roles_with
from passport_service.web.users import user

blueprint = Blueprint("mappings", __name__, url_prefix="/training/mappings")

WHO_MAY = roles_with(Act.MAP_ACTIVITIES)
UNDERSTOOD = "I have checked with the learning system’s administrator that this is sent only when the training was passed"


class MapForm(Form):
    activity = text(
        "Activity id",
        needed("Enter the activity’s id."),
        at_most(2000),
        hint="As the learning system sends it",
    )
    course = select("Course it means", [], needed("Choose a course."))
    from_on = day("From which day?", hint="Leave empty for always")
    until_on = day("Until which day?", hint="Leave empty for no end")
    understood = BooleanField(UNDERSTOOD, widget=GovCheckboxInput())
    confirmed = HiddenField()


class EndForm(Form):
    how = radios(
        "What about evidence that it gave so far?",
        [("today", "Keep it: the activity means the course up to today"),
         ("cancel", "Take it away: the activity never meant the course")],
        "Choose what happens to evidence so far.",
    )  # fmt: skip
    confirmed = HiddenField()


@blueprint.get("/new")
@allow(*WHO_MAY)
def new() -> str:
    form = _form(activity=asked("activity")[:2000], course=asked("course"))
    return _ask(form)


@blueprint.post("/new")
@allow(*WHO_MAY)
def preview_or_save() -> ResponseReturnValue:
    """First the preview, then, once that was confirmed, the mapping."""
    form = _form()
    if not form.validate_on_submit():
        return _ask(form), 400
    waited = _waited(form)
    if waited is not None and waited.is_course is False and not form.understood.data:
        form.understood.errors = ["This is not a course. Tick the box if you have checked what is sent."]
        return _ask(form), 400
    try:
        return _save(form) if form.confirmed.data == "yes" else _preview(form)
    except Refused as refusal:
        form.refuse(refusal, {"until": "until_on"})
        return _ask(form), 400


@blueprint.get("/end")
@allow(*WHO_MAY)
def end() -> str:
    form = EndForm(formdata=None)
    return render_template(
        "training/end.html", form=form, activity=asked("activity"), course=_title(asked("course"))
    )


@blueprint.post("/end")
@allow(*WHO_MAY)
def end_now() -> ResponseReturnValue:
    """First the preview, then the end."""
    form, activity, course = EndForm(), asked("activity"), asked("course")
    if not form.validate_on_submit():
        shown = render_template("training/end.html", form=form, activity=activity, course=_title(course))
        return shown, 400
    store, now, cancel = deployment().store, moment(), form.how.data == "cancel"
    if form.confirmed.data != "yes":
        found = previews.preview_unmapping(store, activity=activity, course=course, now=now, cancel=cancel)
        return _show("training/end-preview.html", form, found, activity=activity, course=_title(course))
    count = training.unmap_activity(
        store, activity=activity, course=course, now=now, caused_by=user().caused_by, cancel=cancel
    )
    flash(f"The mapping has ended. {_statements(count)} read again.", "success")
    return redirect(url_for("training.one", slug=course))


def _form(**given: str) -> MapForm:
    requirements = councils.load(deployment().store).catalogue.requirements.values()
    form = MapForm(formdata=request.form if request.method == "POST" else None, data=given)
    form.course.choices = [("", "Choose a course"), *((one.slug, one.title) for one in requirements)]
    return form


def _waited(form: MapForm) -> Waited | None:
    return waiting_queries.waiting_activity(deployment().store, (form.activity.data or "").strip())


def _ask(form: MapForm) -> str:
    form.confirmed.data = ""
    return render_template("training/map.html", form=form, waited=_waited(form), next=_next())


def _preview(form: MapForm) -> str:
    found = previews.preview_mapping(
        deployment().store, activity=form.activity.data.strip(), course=form.course.data, now=moment(),
        from_on=form.from_on.data, until_on=form.until_on.data,
    )  # fmt: skip
    return _show("training/map-preview.html", form, found, course=_title(form.course.data), next=_next())


def _show(template: str, form: Form, found: Preview, **more: object) -> str:
    form.confirmed.data = "yes"
    people = queries.people_by_stream(deployment().store, sorted({one.stream for one in found.changed}))
    titles = {
        one.slug: one.title for one in councils.load(deployment().store).catalogue.requirements.values()
    }
    return render_template(template, form=form, found=found, people=people, titles=titles, shown=None, **more)


def _save(form: MapForm) -> ResponseReturnValue:
    store, now, activity = deployment().store, moment(), form.activity.data.strip()
    count = training.map_activity(
        store, activity=activity, course=form.course.data, now=now, caused_by=user().caused_by,
        from_on=form.from_on.data, until_on=form.until_on.data,
    )  # fmt: skip
    counting = waiting_queries.learned_since(store, now, activity) if count else 0
    flash(
        f"The activity means {_title(form.course.data)} now. {_statements(count)} read again: {counting} now count"
        f" for somebody, {count - counting} wait for their person.",
        "success",
    )
    return redirect(_next() or url_for("training.one", slug=form.course.data))


def _statements(count: int) -> str:
    return "1 statement was" if count == 1 else f"{count} statements were"


def _title(slug: str) -> str:
    found = councils.load(deployment().store).catalogue.requirements.get(slug)
    return found.title if found else slug


def _next() -> str:
    """The page of ours to go back to; nothing else that is asked for."""
    wanted = request.form.get("next") or asked("next")
    parts = urlsplit(wanted)
    ours = url_for("quarantine.listing")
    return ours if not parts.netloc and not parts.scheme and parts.path == ours else ""
