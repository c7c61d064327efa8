"""What the forms share: fields drawn with the page components, and checks whose message stands beside the field."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, ClassVar

from flask import request
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import (
    GovCheckboxesInput,
    GovDateInput,
    GovPasswordInput,
    GovRadioInput,
    GovSelect,
    GovTextArea,
    GovTextInput,
)
from wtforms import (
    DateField,
    Field,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, StopValidation, ValidationError

from passport_service.domain.errors import Refused
from passport_service.domain.personal import opaque_reference, refuse_personal_data

Choices = Sequence[tuple[str, str]]
LONGEST_TEXT = 4000


class Form(FlaskForm):
    """A form of a page. ``refuse`` puts a refusal of the service beside the field it speaks of."""

    first: ClassVar[str] = ""  # the field that stands first on the page, where the others are inherited

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.first:  # the summary of errors has the order of the page
            for name in [one for one in self._fields if one != self.first]:
                self._fields[name] = self._fields.pop(name)

    def refuse(self, refusal: Refused, fields: dict[str, str] | None = None) -> None:
        """Show a refusal: at the field its ``where`` names (``fields`` translates), else at the first field."""
        name = (fields or {}).get(refusal.where or "", refusal.where or "")
        field = self._fields.get(name) or next(one for one in self if one.name != "csrf_token")
        field.errors = [*field.errors, refusal.message]


class _Spoken:
    """A question stands out from its hint and its answers."""

    def map_gov_params(self, field: Field, **kwargs: Any) -> dict[str, Any]:
        params: dict[str, Any] = super().map_gov_params(field, **kwargs)  # type: ignore[misc]
        if "fieldset" in params:
            params["fieldset"]["legend"].setdefault("classes", "govuk-fieldset__legend--s")
        elif "label" in params:
            params["label"].setdefault("classes", "govuk-label--s")
        if params.get("hint") and not params["hint"].get("text"):
            params["hint"] = None
        return params


class TextBox(_Spoken, GovTextInput):
    pass


class TextArea(_Spoken, GovTextArea):
    pass


class PasswordBox(_Spoken, GovPasswordInput):
    pass


class Radios(_Spoken, GovRadioInput):
    pass


class Boxes(_Spoken, GovCheckboxesInput):
    pass


class Select(_Spoken, GovSelect):
    pass


class Day(_Spoken, GovDateInput):
    """Day, month and year; a part that was not sent is an empty one, and the first box carries the field's id."""

    def map_gov_params(self, field: Field, **kwargs: Any) -> dict[str, Any]:
        if field.raw_data is not None:
            field.raw_data = [*field.raw_data, "", "", ""][:3]
        kwargs.pop("required", None)
        params: dict[str, Any] = super().map_gov_params(field, **kwargs)
        params["items"][0]["id"] = field.id
        params["id"] = f"{field.id}-group"
        return params


class DayField(DateField):
    """A day in three boxes."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if not any(valuelist):
            self.data = None
            return
        try:
            day, month, year = (int(one) for one in valuelist)
            self.data = date(year, month, day)
        except ValueError:
            self.data = None
            raise ValueError("Enter a day that exists, for example 31 3 2026.") from None


def needed(message: str) -> InputRequired:
    return InputRequired(message)


def not_blank(message: str) -> Callable[[Form, Field], None]:
    """The text has more than spaces in it."""

    def check(form: Form, field: Field) -> None:
        if not (field.data or "").strip():
            raise StopValidation(message)

    return check


def not_personal(form: Form, field: Field) -> None:
    """The text has nothing that looks like personal data in it (D.18.2)."""
    try:
        refuse_personal_data(field.data or "", field.name)
    except Refused as refusal:
        raise ValidationError(refusal.message) from None


def opaque(form: Form, field: Field) -> None:
    """The text is a reference that says nothing of a person."""
    field.data = (field.data or "").strip()
    try:
        refuse_personal_data(field.data, field.name)
        opaque_reference(field.data, field.name)
    except Refused as refusal:
        raise ValidationError(refusal.message) from None


def at_most(length: int) -> Callable[[Form, Field], None]:
    def check(form: Form, field: Field) -> None:
        if len(field.data or "") > length:
            raise ValidationError(f"Use at most {length} characters; this has {len(field.data)}.")

    return check


def options(choices: Choices) -> list[SelectChoice]:
    """Pairs of value and words as a field takes them."""
    return [SelectChoice(value, words) for value, words in choices]


def text(label: str, *checks: Any, hint: str = "", **more: Any) -> StringField:
    return StringField(label, [*checks], description=hint, widget=TextBox(), **more)


def words(label: str, *checks: Any, hint: str = "") -> TextAreaField:
    """Free text of a few sentences, stopped when it looks like personal data."""
    return TextAreaField(
        label, [*checks, at_most(LONGEST_TEXT), not_personal], description=hint, widget=TextArea()
    )


def password(label: str, *checks: Any, hint: str = "") -> PasswordField:
    return PasswordField(label, [*checks], description=hint, widget=PasswordBox())


def radios(label: str, choices: Choices, message: str, *, hint: str = "") -> RadioField:
    """One of a few; none is chosen to begin with."""
    return RadioField(
        label,
        [needed(message)],
        choices=options(choices),
        description=hint,
        widget=Radios(),
        validate_choice=True,
    )


def boxes(label: str, choices: Choices, message: str, *, hint: str = "") -> SelectMultipleField:
    return SelectMultipleField(
        label,
        [needed(message)],
        choices=options(choices),
        description=hint,
        widget=Boxes(),
    )


def select(label: str, choices: Choices, *checks: Any, hint: str = "") -> SelectField:
    return SelectField(label, [*checks], choices=options(choices), description=hint, widget=Select())


def day(label: str, *checks: Any, hint: str = "") -> DayField:
    return DayField(label, [*checks], description=hint, widget=Day())


def given(field: DayField) -> date:
    """The day of a field that is needed and was checked."""
    found = field.data
    assert isinstance(found, date)
    return found


def asked(name: str) -> str:
    """What the address names with a query parameter, or nothing."""
    return request.args.get(name, "").strip()
