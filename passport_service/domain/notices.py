"""What a person is told, written with the decision itself (R12.1): every element, in plain words, as data.

A *notice* tells of something adverse and carries a last day to respond; a *message* tells of anything else.
"""

from datetime import date, datetime
from typing import Any

from passport_service.domain.calendar import business_date
from passport_service.domain.council import Council
from passport_service.domain.dossier import Dossier
from passport_service.domain.holdings import holdings
from passport_service.domain.passport import Code

RULES = {
    Code.TRAINING_EXPIRED: "L2",
    Code.EVIDENCE_WITHDRAWN: "L2",
    Code.SERIOUS_CONCERN: "L3",
    Code.ELIGIBILITY: "L4",
    Code.ISSUE_BASIS_CHANGED: "L5",
    Code.PRECAUTION: "L6",
    Code.REPEATED_CONCERNS: "L8",
    Code.SERIOUS_UPHELD: "L9",
    Code.LAPSED: "L10",
    Code.ISSUED_IN_ERROR: "L12",
    Code.CONCERN_COUNTED: "R11.2",
}

WHAT = {
    Code.TRAINING_EXPIRED: "Your passport is paused because required training has run out.",
    Code.EVIDENCE_WITHDRAWN: "Your passport is paused because evidence of required training was taken back by its source.",
    Code.SERIOUS_CONCERN: "Your passport is paused while a person looks at a serious concern about a piece of work.",
    Code.ELIGIBILITY: "Your passport is paused because your registration has ended or could not be confirmed.",
    Code.ISSUE_BASIS_CHANGED: "Your passport is paused because a decision that it was issued on has changed.",
    Code.PRECAUTION: "Your passport is paused as a precaution.",
    Code.REPEATED_CONCERNS: "Your passport has been withdrawn because concerns about different pieces of work were repeated.",
    Code.SERIOUS_UPHELD: "Your passport has been withdrawn because a serious concern was upheld.",
    Code.LAPSED: "Your passport has lapsed because required training stayed out of date for too long.",
    Code.ISSUED_IN_ERROR: "Your passport has been cancelled because it was issued in error. The error was ours.",
    Code.CONCERN_COUNTED: "A concern about a piece of your work has been counted.",
}

WITHDRAWN = "Your passport has been withdrawn because required training is no longer current."
PROPOSED = "Your passport is paused: concerns were repeated, and a named person will decide what follows."

REGAIN = {
    Code.TRAINING_EXPIRED: "Complete the training named above. The pause lifts by itself when the completion reaches us.",
    Code.EVIDENCE_WITHDRAWN: "Ask workforce development to check the record, or complete the course again.",
    Code.SERIOUS_CONCERN: "Nothing is needed from you to start the review. You may send your side of it.",
    Code.ELIGIBILITY: "Ask your registration contact in workforce development to confirm your register entry.",
    Code.ISSUE_BASIS_CHANGED: "A person will decide whether your passport stands. You may send your side of it.",
    Code.PRECAUTION: "The person who paused it will tell you what happens next.",
    Code.REPEATED_CONCERNS: "Keep your training current and have three new pieces of work in a row approved by CCV.",
    Code.SERIOUS_UPHELD: "Keep your training current and have three new pieces of work in a row approved by CCV.",
    Code.LAPSED: "Complete the outstanding training and have three new pieces of work in a row approved by CCV.",
    Code.ISSUED_IN_ERROR: "Have three new pieces of work in a row approved by CCV, with your training current.",
    Code.CONCERN_COUNTED: "Nothing is lost by one concern alone. CCV offers to talk it through with you.",
}

WORK_IN_HAND = {
    "adverse": "Work you have already confirmed stays confirmed. From now on your work goes to CCV for approval.",
    "counted": "Nothing changes for work in hand.",
}

RESPOND = "Write to the CCV lead with this notice's number, and say what should be taken into account."
REVIEW = (
    "Write to the CCV lead with this notice's number. A person who had no part in this looks at it afresh."
)
DECIDES = "The CCV lead, or a service manager if the CCV lead had a part in it."
SUPPORT = "You may talk to your manager or your trade union, and bring either with you."
DATA_PROTECTION = (
    "If you are unhappy with how your data was used, tell the council's data protection officer first."
)
MEANING = "This says nothing about pay or conduct, and no message goes to human resources."


def notice(
    dossier: Dossier, council: Council, code: Code, moment: datetime, facts: dict[str, Any]
) -> dict[str, Any]:
    """The content of one notice, each element of R12.1 by name; ``respond_by`` is the last day to respond (R12.3)."""
    policy = council.policies.at(moment)
    today = business_date(moment)
    away = [(one.from_on, one.until_on) for one in dossier.absences]
    respond_by = council.calendar.add_working_days(today, policy["challenge.window_wd"], away)
    proposed = code is Code.REPEATED_CONCERNS and "details" in facts
    return {
        "notice": f"{dossier.stream}-N{len(dossier.notices) + 1}",
        "code": code.value,
        "concern": facts.get("concern"),
        "also": [str(one) for one in facts.get("also", ())],
        "decided": WITHDRAWN if facts.get("withdrawn") else PROPOSED if proposed else WHAT[code],
        "takes_effect": moment.isoformat(),
        "automatic": bool(facts.get("automatic", True)),
        "by": facts.get("by"),
        "reason": facts.get("reason"),
        "rule": RULES[code],
        "policy_version": policy.version,
        "relied_on": _relied_on(dossier, council, code, facts, today),
        "decide_by": facts.get("decide_by"),
        "work_in_hand": WORK_IN_HAND["counted" if code is Code.CONCERN_COUNTED else "adverse"],
        "regain": REGAIN[code],
        "respond": RESPOND,
        "respond_by": respond_by.isoformat(),
        "review": REVIEW,
        "decides": DECIDES,
        "support": SUPPORT,
        "data_protection": DATA_PROTECTION,
        "meaning": MEANING,
    }


def _relied_on(
    dossier: Dossier, council: Council, code: Code, facts: dict[str, Any], today: date
) -> list[dict[str, str | None]]:
    """Each fact with its date and source."""
    if code in (Code.TRAINING_EXPIRED, Code.EVIDENCE_WITHDRAWN, Code.LAPSED):
        live = dossier.live
        slugs = facts.get("details") or [
            one for c in (live.causes.values() if live else ()) for one in c.details
        ]
        return [_training_fact(dossier, council, slug, today) for slug in slugs]
    names = facts.get("concerns") or facts.get("details") or [facts.get("concern")]
    concerns = [dossier.concerns[one] for one in names if one in dossier.concerns]
    found: list[dict[str, str | None]] = [
        {
            "fact": f"{one.severity.value.capitalize()} concern about {one.item} ({one.category.replace('_', ' ')})",
            "on": one.occurred_on.isoformat(),
            "source": f"found on {one.found_on.day} {one.found_on:%B %Y} by way of {one.source}",
        }
        for one in concerns
    ]
    if code is Code.ELIGIBILITY:
        found.append(
            {
                "fact": f"Registration: {(facts.get('details') or ['unknown'])[0]}",
                "on": today.isoformat(),
                "source": "the register entry held here",
            }
        )
    if code is Code.ISSUE_BASIS_CHANGED and dossier.live:
        found.append(
            {
                "fact": "The approvals this passport was issued on no longer make the run that is needed",
                "on": business_date(dossier.live.issued_at).isoformat(),
                "source": "CCV decisions as now recorded",
            }
        )
    return found


def _training_fact(dossier: Dossier, council: Council, slug: str, today: date) -> dict[str, str | None]:
    holding = holdings(dossier, council.catalogue).get(slug)
    title = holding.requirement.title if holding else slug
    expires_on = holding.on(today, dossier.attributes.latest("role")).expires_on if holding else None
    last = max(holding.evidence, key=lambda one: one.effective_at) if holding and holding.evidence else None
    return {
        "fact": f"{title}: not current",
        "on": expires_on.isoformat() if expires_on else None,
        "source": f"statement {last.statement}" if last else "no evidence stands",
    }


MESSAGES = {
    "issued": (
        "Your self-confirmation passport is active",
        "You may now confirm your own work for the types it covers.",
    ),
    "lifted": (
        "Your passport is active again",
        "The reason for the pause has gone. Thank you for putting it right.",
    ),
    "restored": (
        "Your passport is active again",
        "You are back in an eligible role, so your passport was restored.",
    ),
    "ended": ("Your passport has ended", "It ended with your role. Nothing you confirmed is affected."),
    "expiry_warning": (
        "Training to renew",
        "Renew before the day shown and your passport carries on without a break.",
    ),
    "registration_ageing": (
        "Your register entry needs checking",
        "It has not been confirmed for some weeks.",
    ),
    "picked": (
        "One of your items was drawn for moderation",
        "Work is drawn at random; it says nothing about you.",
    ),
    "reinstatement_proposed": (
        "A person will look at your withdrawn passport again",
        "A concern it rested on no longer stands. You need do nothing.",
    ),
}


def message(
    dossier: Dossier, council: Council, kind: str, moment: datetime, facts: dict[str, Any]
) -> dict[str, Any]:
    """The content of one message: a heading, a sentence, and the facts behind it."""
    heading, sentence = MESSAGES[kind]
    return {
        "message": kind,
        "id": f"{dossier.stream}-M{dossier.seq + 1}",
        "heading": heading,
        "sentence": sentence,
        "facts": [_warning_line(council, *one) for one in facts.get("warnings", ())],
    }


def _warning_line(council: Council, slug: str, expires_on: str, days: int) -> str:
    on = date.fromisoformat(expires_on)
    return f"{council.catalogue.requirements[slug].title}: valid to {on.day} {on:%B %Y}."
