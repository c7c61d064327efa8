"""What waits for a named person, and their answer (R4.6, R11.5, R12.4, R12.5)."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from passport_service.domain.calendar import business_date
from passport_service.domain.errors import Refused
from passport_service.domain.roles import Role
from passport_service.doors import deployment, moment
from passport_service.services import answers as services
from passport_service.services import passports, people
from passport_service.services.answers import Question
from passport_service.store import queries
from passport_service.web.access import allow
from passport_service.web.forms import Choices, Form, asked, needed, not_blank, options, radios, text, words
from passport_service.web.users import own_stream, user

blueprint = Blueprint("answers", __name__, url_prefix="/waiting")

deciders = allow(Role.CCV_LEAD, Role.SERVICE_MANAGER)

TITLES = {
    Question.SERIOUS: "Serious concern",
    Question.REPEATED: "Proposed withdrawal",
    Question.BASIS: "Basis changed",
    Question.REINSTATEMENT: "Fresh look at a withdrawal",
    Question.AGREEMENT: "Agreement to a new passport",
    Question.PRECAUTION: "Paused as a precaution",
}
CHOICES: dict[Question, Choices] = {
    Question.SERIOUS: [
        ("upheld", "Uphold it – the passport is withdrawn"),
        ("varied", "It was a concern, and the passport goes on"),
        ("overturned", "Overturn it – it counts for nothing, and the passport goes on"),
    ],
    Question.REPEATED: [
        ("upheld", "Withdraw the passport"),
        ("varied", "Let it go on – the concerns stand, and together they do not withdraw it again"),
        ("overturned", "Overturn the last concern – it counts for nothing, and the passport goes on"),
    ],
    Question.BASIS: [
        ("overturned", "Let the passport stand"),
        ("upheld", "It should not have been issued – a second person confirms this"),
    ],
    Question.REINSTATEMENT: [
        ("overturned", "Give the passport back"),
        ("upheld", "The withdrawal stands"),
    ],
    Question.AGREEMENT: [("upheld", "I agree: the passport may be issued")],
    Question.PRECAUTION: [("overturned", "Lift it – the passport goes on, if nothing else keeps it paused")],
}


class AnswerForm(Form):
    outcome = radios("Your decision", [], "Choose a decision.")
    reason = words(
        "Your reasons",
        not_blank("Give your reasons in your own words."),
        hint="The practitioner reads this with your name. The words of the notice do not do: say why you decide so.",
    )


class PauseForm(Form):
    who = text("Staff reference of the practitioner", needed("Enter the staff reference."))
    reason = words(
        "Your reasons",
        not_blank("Give your reasons in your own words."),
        hint="The practitioner reads this with your name. Leave out anything that says who the work is about.",
    )


@blueprint.get("")
@deciders
def listing() -> str:
    """Everything that waits, the most pressing first."""
    lines = services.waiting(deployment().store, now=moment())
    persons = queries.people_by_stream(deployment().store, sorted({one.stream for one in lines}))
    return render_template(
        "answers/listing.html",
        lines=lines,
        people=persons,
        titles=TITLES,
        in_words=services.in_words,
        me=user().stream,
        today=business_date(moment()),
    )


@blueprint.route("/answer", methods=["GET", "POST"])
@deciders
def answer() -> ResponseReturnValue:
    """Decide one of them, with reasons of one's own."""
    store = deployment().store
    waiting = services.load(store, asked("who"), asked("question"), asked("of"), now=moment())
    form = AnswerForm()
    form.outcome.choices = options(CHOICES[waiting.question])
    if form.validate_on_submit():
        try:
            services.answer(
                store,
                waiting,
                by=own_stream(),
                outcome=form.outcome.data,
                reason=form.reason.data,
                now=moment(),
                caused_by=user().caused_by,
            )
        except Refused as refusal:
            form.refuse(refusal, {"by": "outcome", "of": "outcome"})
        else:
            flash("Your decision is saved and takes effect now. The practitioner is told.", "success")
            return redirect(url_for("answers.listing"))
    named = [
        waiting.stream,
        *(one.reader for one in waiting.concerns),
        *([waiting.proposed_by] if waiting.proposed_by else []),
    ]
    return render_template(
        "answers/answer.html",
        form=form,
        waiting=waiting,
        heading=TITLES[waiting.question],
        said=services.in_words(waiting),
        people=queries.people_by_stream(store, named),
        today=business_date(moment()),
    )


@blueprint.route("/pause", methods=["GET", "POST"])
@deciders
def pause() -> ResponseReturnValue:
    """Pause a passport as a precaution, with a reason that the practitioner reads (L6)."""
    form = PauseForm()
    if form.validate_on_submit():
        store = deployment().store
        try:
            stream = people.find(store, form.who.data.strip())
            passports.take_precaution(
                store,
                stream,
                by=own_stream(),
                reason=form.reason.data,
                now=moment(),
                caused_by=user().caused_by,
            )
        except Refused as refusal:
            form.refuse(refusal)
        else:
            flash("The passport is paused, and the practitioner is told.", "success")
            return redirect(url_for("answers.listing"))
    return render_template("answers/pause.html", form=form)
