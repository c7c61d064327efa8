"""Every number and choice that a council sets, with its meaning, its limits and its two presets (RULES D.1).

``None`` is the value of “none” (no limit) and of “off” where the other values are numbers; True and False are
“on” and “off”.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from passport_service.domain.parameter_kinds import Kind, choice, listed, on_off, schedule, whole

Lenient = Literal["higher", "lower", "on", "off", "more", "fewer"]
BASELINE = "essex-baseline"
SAFEGUARDS = "essex-with-safeguards"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row of the table.

    ``lenient`` says which way is kinder to the practitioner, for R0.9: a ``higher`` or ``lower`` number (None
    counts as without limit: the kindest), ``on`` or ``off``, the ``more`` or ``fewer`` words of a list, or
    for a choice the kinder word itself. None: the setting decides nothing adverse by itself.
    """

    name: str
    kind: Kind
    baseline: Any
    safeguards: Any
    meaning: str
    lenient: Lenient | str | None = None


def _same(name: str, kind: Kind, value: Any, meaning: str, lenient: str | None = None) -> Parameter:
    return Parameter(name, kind, value, value, meaning, lenient)


_ROWS = (
    _same("streak.length", whole(1, 50), 3, "How many approvals in a row earn a passport.", "lower"),
    _same(
        "streak.kinds",
        listed("assessment", "support_plan", "review"),
        ("assessment", "support_plan", "review"),
        "The kinds of work that count towards the run.",
        "more",
    ),
    _same(
        "streak.resets_on",
        listed("returned", "concern"),
        ("returned", "concern"),
        "The decisions that set the run back to nought.",
        "fewer",
    ),
    _same(
        "streak.resubmission",
        choice("neutral", "counts"),
        "neutral",
        "Whether approval of work that was once returned adds one to the run or changes nothing.",
        "counts",
    ),
    _same(
        "streak.window_months",
        whole(1, 120, word="none"),
        12,
        "How many months before the latest counted approval an approval may lie and still count.",
        "higher",
    ),
    Parameter(
        "streak.min_reviewers",
        whole(1, 20),
        1,
        2,
        "How many different reviewers the approvals of the run must come from.",
        "lower",
    ),
    _same(
        "training.on_expiry",
        choice("suspend", "revoke"),
        "suspend",
        "What happens to a passport when core training runs out.",
        "suspend",
    ),
    _same(
        "training.lapse_months",
        whole(1, 120),
        6,
        "After how many months of suspension for training alone, absence not counted, a passport lapses.",
        "higher",
    ),
    _same(
        "moderation.rate_bp",
        whole(0, 10_000),
        500,
        "The share of self-confirmed items that is drawn at random, in hundredths of a per cent.",
    ),
    _same(
        "moderation.schedule",
        schedule(),
        "Monday 06:00 Europe/London",
        "When each week's pool closes and the draw is made.",
    ),
    Parameter(
        "moderation.coverage",
        whole(1, 1096, word="off"),
        None,
        182,
        "After how many days without a moderation a holder who confirmed something has one item looked at.",
    ),
    Parameter(
        "moderation.tighten",
        whole(1, 100, word="off"),
        None,
        5,
        "After a counted concern every confirmed item is looked at until this many were clean.",
    ),
    Parameter(
        "moderation.double_read_bp",
        whole(0, 10_000),
        0,
        1000,
        "The share of moderations that two reviewers read, in hundredths of a per cent.",
    ),
    _same("moderation.due_wd", whole(1, 260), 10, "Within how many working days a moderation is due."),
    _same(
        "moderation.strata",
        choice("none", "kind", "locality"),
        "none",
        "Whether the draw is made over all items, or by kind or locality, each with its own carry.",
    ),
    _same(
        "moderation.carry_start",
        whole(0, 9_999, word="random", stands_for="random"),
        0,
        "The units each stratum's carry starts from, in ten-thousandths of an item; random keeps it secret.",
    ),
    _same(
        "moderation.notify",
        choice("at publication", "after outcome"),
        "at publication",
        "When a practitioner is told that an item was drawn.",
    ),
    _same(
        "authorisation.due_wd",
        whole(1, 260),
        2,
        "Within how many working days approval or authorisation is due.",
    ),
    _same("concern.threshold", whole(1, 20), 2, "How many counted concerns are repeated concerns.", "higher"),
    _same(
        "concern.window_months",
        whole(1, 120),
        12,
        "Within how many months, by date of the work, concerns count together.",
        "lower",
    ),
    Parameter(
        "concern.second_reader",
        on_off(),
        False,
        True,
        "Whether a second reader must agree before it counts.",
        "on",
    ),
    Parameter(
        "concern.opportunity_to_learn",
        on_off(),
        False,
        True,
        "Whether concerns on work confirmed before the person was told of the first count as one.",
        "on",
    ),
    _same("concern.serious", choice("suspend"), "suspend", "What a serious concern does at once."),
    _same(
        "concern.sources",
        listed("draw", "authorisation", "audit", "complaint", "other"),
        ("draw", "authorisation", "audit", "complaint", "other"),
        "Where a concern that counts may come from.",
        "fewer",
    ),
    Parameter(
        "revocation.mode",
        choice("automatic", "propose"),
        "automatic",
        "propose",
        "Whether repeated concerns revoke by themselves, or suspend until a named person confirms.",
        "propose",
    ),
    _same(
        "challenge.window_wd", whole(1, 260), 10, "How many working days there are to challenge.", "higher"
    ),
    _same("challenge.decide_wd", whole(1, 260), 10, "Within how many working days a challenge is decided."),
    _same(
        "reviewer.independence_months",
        whole(0, 120),
        12,
        "For how many months a past team or manager keeps a reviewer from someone's work.",
    ),
    _same("timeliness.target_wd", whole(1, 520), 45, "The working days within which an item is in time."),
    _same(
        "timeliness.amber_from", whole(1, 520), 34, "From which working day an open item is becoming overdue."
    ),
    _same("caseload.guide", whole(1, 200), 14, "The number of cases a full-time practitioner should hold."),
    _same(
        "caseload.ceiling", whole(1, 200), 18, "The number of cases a full-time practitioner must not exceed."
    ),
    _same(
        "caseload.visibility",
        choice("own and team average", "everyone"),
        "own and team average",
        "Whose caseload a practitioner sees.",
    ),
    _same(
        "eligibility.roles",
        listed("social_worker", "occupational_therapist", "support_worker"),
        ("social_worker", "occupational_therapist"),
        "The roles that may hold a passport.",
        "more",
    ),
    _same(
        "eligibility.newly_qualified",
        choice("excluded", "allowed"),
        "excluded",
        "Whether newly qualified staff may hold a passport.",
        "allowed",
    ),
    _same(
        "eligibility.agency",
        choice("excluded", "allowed"),
        "allowed",
        "Whether agency staff may hold a passport.",
        "allowed",
    ),
    _same(
        "reearn.min_days", whole(0, 1096), 0, "The fewest days from revocation to a new passport.", "lower"
    ),
    _same("rejoin.fast_track", on_off(), False, "Whether one approved item is enough for a re-joiner.", "on"),
    _same(
        "passport.term_months",
        whole(1, 240, word="none"),
        None,
        "After how many months a passport ends by itself.",
        "higher",
    ),
)

PARAMETERS: Mapping[str, Parameter] = MappingProxyType({row.name: row for row in _ROWS})
PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        BASELINE: MappingProxyType({row.name: row.baseline for row in _ROWS}),
        SAFEGUARDS: MappingProxyType({row.name: row.safeguards for row in _ROWS}),
    }
)
