"""Reading how a person stands, now or as of a moment by what was known at another (R0.1, D.14)."""

from typing import Any

from flask import Response

from passport_service.api.bodies import Optional, malformed, moment_parameter, parameters, word
from passport_service.api.door import blueprint, needs
from passport_service.api.replays import respond, text_of
from passport_service.domain.criteria import current_streak
from passport_service.doors import deployment, moment
from passport_service.services import explanations, passports, people
from passport_service.services.items import SEVERAL
from passport_service.services.passports import Standpoint
from passport_service.services.sentences import reason

TIMES = {"as_of": Optional(moment_parameter), "known_at": Optional(moment_parameter)}


@blueprint.get("/practitioners/<who>/passport")
@needs("may_read")
def passport(who: str) -> Response:
    """The state of a person's passport, with every reason in a code and a plain sentence."""
    at = _standpoint(who, parameters(TIMES))
    found = at.passport
    return respond(
        {
            "who": who,
            "state": str(at.state),
            "number": found.number if found else None,
            "since": text_of(found.since) if found else None,
            "earned_on": found.earned_on.isoformat() if found else None,
            "reasons": [_reason(one) for one in explanations.reasons(at)],
            "run": current_streak(at.dossier, at.council, at.as_of).run,
            "outstanding": list(at.criteria.outstanding),
            "policy_version": at.council.policies.at(at.as_of).version,
            "as_of": text_of(at.as_of),
            "known_at": text_of(at.known_at),
        }
    )


@blueprint.get("/practitioners/<who>/can-confirm")
@needs("may_read")
def can_confirm(who: str) -> Response:
    """Whether this person may confirm an item of this case type (several are joined by +), and every reason."""
    asked = parameters({"type": word, **TIMES})
    at = _standpoint(who, asked)
    types = asked["type"].replace(" ", SEVERAL)  # an unescaped + in an address arrives as a space
    found = at.route(types.split(SEVERAL))
    return respond(
        {
            "who": who,
            "type": types,
            "route": str(found.route),
            "may_confirm": found.may_confirm,
            "reasons": [{"code": code, "sentence": reason(code)} for code in found.reasons],
            "as_of": text_of(at.as_of),
            "known_at": text_of(at.known_at),
        }
    )


def _standpoint(who: str, asked: dict[str, Any]) -> Standpoint:
    now = moment()
    for name in TIMES:
        if asked[name] and asked[name] > now:
            raise malformed("This cannot be later than now.", name)
    store = deployment().store
    with store.reading():
        stream = people.find(store, who)
        return passports.standpoint(store, stream, now=now, as_of=asked["as_of"], known_at=asked["known_at"])


def _reason(one: explanations.Reason) -> dict[str, Any]:
    told = {
        "code": str(one.code),
        "sentence": one.sentence,
        "details": [text for text in one.details if text],
        "since": text_of(one.since_at),
        "decide_by": one.decide_by.isoformat() if one.decide_by else None,
    }
    return {name: value for name, value in told.items() if value not in (None, [])}
