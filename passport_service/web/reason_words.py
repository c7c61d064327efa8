"""Reason codes in plain sentences, as said to somebody who looks at another person's passport (R0.8)."""

from collections.abc import Iterable
from datetime import date

from passport_service.domain.council import Council
from passport_service.domain.events import Event
from passport_service.domain.passport import Code, Passport
from passport_service.domain.training import Note
from passport_service.services.sentences import on_day

REASONS = {
    Code.CRITERIA_MET: "Everything needed was in place when the passport was issued.",
    Code.EVIDENCE_WITHDRAWN: "Evidence of required training was taken back by its source.",
    Code.TRAINING_EXPIRED: "Required training has run out.",
    Code.SERIOUS_CONCERN: "A serious concern waits for a person’s decision.",
    Code.ELIGIBILITY: "Registration has ended or could not be confirmed.",
    Code.ISSUE_BASIS_CHANGED: "A decision that the passport was issued on has changed.",
    Code.PRECAUTION: "Paused by a person as a precaution.",
    Code.CAUSE_CLEARED: "The last reason for the pause has gone.",
    Code.REPEATED_CONCERNS: "Concerns about different pieces of work were repeated.",
    Code.SERIOUS_UPHELD: "A serious concern was upheld.",
    Code.LAPSED: "Required training stayed out of date for too long.",
    Code.ENDED: "It ended with the role, or was given up.",
    Code.ISSUED_IN_ERROR: "It had been issued in error.",
    Code.REINSTATED: "It was given back after a challenge.",
    Code.TRAINING_OUTSTANDING: "Required training is not all current.",
    Code.RUN_TOO_SHORT: "Too few pieces of work in a row have been approved by CCV.",
    Code.TOO_FEW_REVIEWERS: "The approvals in the run come from too few different reviewers.",
    Code.NOT_ELIGIBLE: "Role, registration or experience does not allow a passport yet.",
    Code.CONCERN_OPEN: "A concern waits for a person’s decision.",
    Code.AGREEMENT_NEEDED: "A person has to agree before anything is issued.",
    Code.CONCERN_COUNTED: "A concern was counted.",
}
NOTES = {
    Note.FAILED: "The learning system said that it was failed. Earlier evidence is not affected.",
    Note.NOT_COMPLETE: "The statement itself says that it is not complete.",
    Note.NOT_SUCCESSFUL: "The statement itself says that it was not successful.",
    Note.BELOW_PASS_MARK: "The score is below the pass mark of the requirement.",
    Note.NOT_PASSED: "It was completed, but this requirement needs it to be passed.",
    Note.WAIVER: "The learning system waived it; a waiver is for a person to grant, unless the key may.",
    Note.RETRACTED: "The learning system took it back later (uncompleted).",
    Note.VOIDED: "The statement was voided by its sender.",
    Note.MOVED: "The identifier behind it belongs to another person now.",
}
TRANSITIONS = {
    "passport_issued": "Issued",
    "passport_suspended": "Suspended",
    "passport_cause_cleared": "A cause was cleared",
    "passport_revoked": "Revoked",
    "passport_lapsed": "Lapsed",
    "passport_ended": "Ended",
    "passport_voided": "Made void",
    "passport_reinstated": "Reinstated",
    "reinstatement_proposed": "Reinstatement proposed",
    "reinstatement_refused": "Reinstatement refused",
    "void_proposed": "Proposed to make it void",
}


def sentences(codes: Iterable[str]) -> list[str]:
    """A sentence for each code; a code without one is shown as it is rather than left out."""
    return [REASONS.get(Code(one), one) if one in set(Code) else one for one in codes]


def cause_lines(passport: Passport | None, council: Council) -> list[str]:
    """The open causes of a suspension, naming the requirements behind them."""
    lines = []
    for cause in passport.causes.values() if passport else ():
        titles = [
            council.catalogue.requirements[one].title
            for one in cause.details
            if one in council.catalogue.requirements
        ]
        sentence = REASONS[cause.code]
        lines.append(f"{sentence.rstrip('.')}: {', '.join(titles)}." if titles else sentence)
    return lines


def transition_words(event: Event) -> tuple[str, str]:
    """A heading and a line for one change of a passport."""
    title = TRANSITIONS.get(event.kind, event.kind.replace("_", " ").capitalize())
    if event.kind == "passport_issued":
        return (
            f"Passport {event.data['number']} issued",
            f"Earned on {on_day(date.fromisoformat(event.data['earned_on']))}.",
        )
    codes = event.data.get("codes") or ([event.data["code"]] if event.data.get("code") else [])
    return title, " ".join(sentences(codes))
