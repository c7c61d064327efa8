"""May this person confirm this item now: the first matching row gives the route, all reasons are told (D.7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from passport_service.domain.calendar import business_date
from passport_service.domain.catalogue import Endorsement
from passport_service.domain.council import Council
from passport_service.domain.criteria import decisions_that_matter
from passport_service.domain.dossier import Dossier
from passport_service.domain.holdings import holdings
from passport_service.domain.passport import PassportState
from passport_service.domain.picks import returning, still_tightened
from passport_service.domain.streak import ordered, streak
from passport_service.domain.training import RequirementState


class Route(StrEnum):
    SELF_CONFIRM = "self_confirm"
    CCV_APPROVAL = "ccv_approval"
    CCV_AUTHORISATION = "ccv_authorisation"


@dataclass(frozen=True, slots=True)
class Routing:
    """The route of one item, with machine codes for every reason found (R0.8)."""

    route: Route
    reasons: tuple[str, ...]

    @property
    def may_confirm(self) -> bool:
        return self.route is Route.SELF_CONFIRM


def route(dossier: Dossier, council: Council, types: Sequence[str], moment: datetime) -> Routing:
    """The route for an item of these case types at a moment (rows 2–4, 7 and 8).

    The exception rules of rows 5 and 6 add their hits here when they are built; they can only refer (D.17, 9).
    """
    passport = dossier.passport
    uncovered = tuple(dict.fromkeys(code for one in types if (code := _cover(dossier, council, one, moment))))
    if passport is None:
        return Routing(Route.CCV_APPROVAL, ("NO_PASSPORT", *uncovered))
    if passport.state is not PassportState.ACTIVE:
        return Routing(Route.CCV_APPROVAL, (*(str(one) for one in passport.reasons), *uncovered))
    if uncovered:
        return Routing(Route.CCV_APPROVAL, uncovered)
    checked = []
    if is_tightened(dossier, council, moment):
        checked.append("TIGHTENED")
    if returning_to_practice(dossier):
        checked.append("RETURN_TO_PRACTICE")
    return Routing(Route.SELF_CONFIRM, tuple(checked))


def _cover(dossier: Dossier, council: Council, slug: str, moment: datetime) -> str | None:
    """Why a passport does not cover a case type; a type nobody has mapped is referred (R5.3, R5.4)."""
    case_type = council.catalogue.case_types.get(slug)
    if case_type is None:
        return "TYPE_UNKNOWN"
    if case_type.endorsement is None:
        return None
    endorsement = council.catalogue.endorsements[case_type.endorsement]
    return endorsement_gap(dossier, council, endorsement, moment)


def endorsement_gap(
    dossier: Dossier, council: Council, endorsement: Endorsement, moment: datetime
) -> str | None:
    """Why an endorsement is not held at a moment, or None when it is (R5.1)."""
    held = holdings(dossier, council.catalogue)
    today: date = business_date(moment)
    role = dossier.role_at(moment)
    states = [held[one.slug].on(today, role) for one in council.catalogue.in_set(endorsement.slug)]
    lacking = [one.state for one in states if not one.is_current]
    if lacking:
        expired = all(one is RequirementState.EXPIRED for one in lacking)
        return "ENDORSEMENT_TRAINING_EXPIRED" if expired else "ENDORSEMENT_MISSING"
    if not states:
        return "ENDORSEMENT_MISSING"
    if endorsement.streak and _own_run(dossier, council, endorsement, moment) < endorsement.streak:
        return "ENDORSEMENT_MISSING"
    return None


def _own_run(dossier: Dossier, council: Council, endorsement: Endorsement, moment: datetime) -> int:
    types = frozenset(
        one.slug for one in council.catalogue.case_types.values() if one.endorsement == endorsement.slug
    )
    return streak(decisions_that_matter(dossier, None), council.policies, moment, types=types).run


def is_tightened(dossier: Dossier, council: Council, moment: datetime) -> bool:
    """Whether every item is moderated: since the last counted concern too few were clean in a row (R8.9)."""
    passport, until_clean = dossier.passport, council.policies.at(moment)["moderation.tighten"]
    if passport is None or until_clean is None:
        return False
    counted = [
        one.counted_at
        for one in dossier.concerns.values()
        if one.counts and one.was_after(passport.issued_at)
    ]
    since = max((one for one in counted if one), default=None)
    if since is None:
        return False
    outcomes = [
        one.outcome.value
        for one in ordered(list(dossier.decisions.values()))
        if one.stream == "moderate" and one.effective_at > since
    ]
    return still_tightened(outcomes, until_clean)


def returning_to_practice(dossier: Dossier) -> bool:
    """Whether fewer than three items were confirmed since a return that only absence made possible (R4.4)."""
    passport = dossier.passport
    if passport is None or passport.returned_to_practice_at is None:
        return False
    since = passport.returned_to_practice_at
    return returning(
        sum(one.confirmed_at is not None and one.confirmed_at >= since for one in dossier.items.values())
    )
