"""Every code of the service as a plain sentence, and every closed word as people read it (R0.8).

Written to the practitioner, as one would say it to a colleague: what is so, never what somebody is.
"""

from datetime import date, datetime

from passport_service.domain.calendar import business_date
from passport_service.domain.concerns import ConcernStatus, Severity
from passport_service.domain.passport import Code, PassportState
from passport_service.domain.streak import Outcome
from passport_service.domain.training import Note, RequirementState

HEADLINES = {
    PassportState.WORKING_TOWARDS: "You are working towards your passport. Until you hold it, CCV approves your work.",
    PassportState.ACTIVE: "You may confirm your own work.",
    PassportState.SUSPENDED: "Your passport is paused. For now CCV approves your work.",
    PassportState.REVOKED: "Your passport has been withdrawn. CCV approves your work, and you can earn a new passport.",
    PassportState.LAPSED: "Your passport has lapsed. CCV approves your work, and you can earn a new passport.",
    PassportState.ENDED: "Your passport has ended. Nothing that you confirmed is affected.",
    PassportState.VOID: "Your passport was cancelled because it was issued in error. The error was ours, not yours.",
}

REASONS: dict[str, str] = {
    Code.CRITERIA_MET: "Your required training was up to date and enough of your work in a row was approved by CCV.",
    Code.EVIDENCE_WITHDRAWN: "A record of your training was taken back by the learning system that sent it.",
    Code.TRAINING_EXPIRED: "Required training has run out.",
    Code.SERIOUS_CONCERN: "A serious concern about a piece of work is being looked at by a person. Nothing is decided yet.",
    Code.ELIGIBILITY: "Your professional registration has ended or could not be confirmed.",
    Code.ISSUE_BASIS_CHANGED: "A decision that your passport was issued on has changed. A person decides whether it stands.",
    Code.PRECAUTION: "It was paused as a precaution by a named person, who will tell you what happens next.",
    Code.CAUSE_CLEARED: "What had paused your passport is put right.",
    Code.REPEATED_CONCERNS: "Concerns about different pieces of work were repeated within the time that the policy sets.",
    Code.SERIOUS_UPHELD: "A person looked at a serious concern and upheld it.",
    Code.LAPSED: "Required training stayed out of date for longer than the policy allows.",
    Code.ENDED: "It ended because your role or your job changed, or because you gave it up.",
    Code.ISSUED_IN_ERROR: "Two people found that it had been issued in error.",
    Code.REINSTATED: "It was given back to you.",
    Code.TRAINING_OUTSTANDING: "Some required training is not up to date.",
    Code.RUN_TOO_SHORT: "Not enough of your work in a row has been approved by CCV yet.",
    Code.TOO_FEW_REVIEWERS: "The approvals in your run come from too few different reviewers.",
    Code.NOT_ELIGIBLE: "Your role or registration, as recorded here, does not allow a passport at the moment.",
    Code.CONCERN_OPEN: "A serious concern or a precaution is still open.",
    Code.AGREEMENT_NEEDED: "A person must agree before a new passport is issued.",
    Code.CONCERN_COUNTED: "A concern about a piece of your work has been counted.",
    "NO_PASSPORT": "You do not hold a passport yet.",
    "TYPE_UNKNOWN": "This case type is not known to the service, so CCV looks at it until somebody maps it.",
    "ENDORSEMENT_MISSING": "Your passport does not cover this case type: it needs training that is not on record.",
    "ENDORSEMENT_TRAINING_EXPIRED": "Your cover for this case type has run out with its training.",
    "RETURN_TO_PRACTICE": "You are back after an absence: CCV looks at the next three items that you confirm.",
    "TIGHTENED": "After a counted concern CCV looks at what you confirm for a while.",
}

KINDS = {"assessment": "Assessment", "support_plan": "Support plan", "review": "Review"}

OUTCOMES = {
    Outcome.APPROVED: "Approved",
    Outcome.APPROVED_WITH_COMMENTS: "Approved with comments",
    Outcome.RETURNED: "Returned with questions",
    Outcome.CONCERN: "Concern recorded",
    Outcome.NOT_REVIEWABLE: "Could not be reviewed",
}

STATUSES = {
    "submitted": "With CCV",
    "picked": "Confirmed by you; drawn for a look by CCV",
    "confirmed": "Confirmed by you",
    "withdrawn": "Withdrawn",
    **{one.value: text for one, text in OUTCOMES.items()},
}

CATEGORIES = {
    "quality": "Quality of the analysis or the writing",
    "own_views": "The person’s own views",
    "capacity": "Mental capacity",
    "safeguarding": "Safeguarding",
    "other_people_involved": "Family, carers or other professionals",
    "plan_and_options": "The plan and its options",
    "rule_application": "How the exception rules were applied",
    "timeliness": "Timeliness",
}

SEVERITIES = {Severity.STANDARD: "Standard", Severity.SERIOUS: "Serious"}

SOURCES = {
    "draw": "the weekly draw",
    "authorisation": "authorisation by CCV",
    "audit": "an audit",
    "complaint": "a complaint",
    "other": "another look at the work",
}

BASES = {
    "random": "Drawn by chance",
    "coverage": "Nothing of this person had been looked at for a while",
    "tightened": "Everything is looked at for a while after a concern",
    "return_to_practice": "One of the first items after a return to practice",
    "complaint": "A complaint",
    "audit": "An audit",
    "late_recorded": "Confirmed elsewhere in an emergency and recorded later",
    "calibration": "Read by several reviewers to compare",
}

CONCERN_STATUSES = {
    ConcernStatus.OPEN: "Waiting for a second reader; it does not count yet",
    ConcernStatus.COUNTED: "Counted",
    ConcernStatus.UNDER_CHALLENGE: "Challenged",
    ConcernStatus.OVERTURNED: "Overturned; it counts for nothing",
    ConcernStatus.WITHDRAWN: "Withdrawn; it counts for nothing",
}

REQUIREMENT_STATES = {
    RequirementState.NOT_STARTED: "No completion is on record yet.",
    RequirementState.VALID: "Up to date.",
    RequirementState.DUE_SOON: "Up to date, and it is time to renew.",
    RequirementState.IN_GRACE: "It has run out, and still counts for a few days.",
    RequirementState.EXPIRED: "It has run out.",
    RequirementState.WAIVED: "Waived: it counts as held.",
    RequirementState.ACCEPTED_PRIOR: "Earlier learning was accepted.",
    RequirementState.WITHDRAWN: "A completion was recorded and later taken back by its source.",
}

NOTES = {
    Note.FAILED: "The learning system said that it was not passed.",
    Note.NOT_COMPLETE: "The learning system said that it was not complete.",
    Note.NOT_SUCCESSFUL: "The learning system said that it was not successful.",
    Note.BELOW_PASS_MARK: "The score was below the pass mark.",
    Note.NOT_PASSED: "It was completed, and this requirement needs a pass.",
    Note.WAIVER: "The learning system asked for a waiver.",
    Note.RETRACTED: "The learning system took this completion back.",
    Note.VOIDED: "This record was declared void by its source.",
    Note.MOVED: "This record belongs to another person.",
}

ANSWERS = {"upheld": "Upheld", "varied": "Varied", "overturned": "Overturned"}


def reason(code: str) -> str:
    """The sentence of a code; a code that is new here is at least shown in words."""
    return REASONS.get(str(code), f"{str(code).replace('_', ' ').capitalize()}.")


def category(name: str) -> str:
    return CATEGORIES.get(name, name.replace("_", " ").capitalize())


def on_day(value: date | datetime) -> str:
    """``4 March 2026``; of a moment its business date."""
    day = business_date(value) if isinstance(value, datetime) else value
    return f"{day.day} {day:%B %Y}"


def number_in_words(number: int) -> str:
    """Small numbers in words, as people write them."""
    small = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return small[number] if 0 <= number < len(small) else str(number)


def joined(parts: list[str]) -> str:
    """``a, b and c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""
