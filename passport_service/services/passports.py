"""Questions about a passport as of a moment, as known at a moment; and what people may do to one (D.4, D.14)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from passport_service.domain.council import Council
from passport_service.domain.criteria import Criteria, criteria
from passport_service.domain.dossier import Dossier
from passport_service.domain.errors import Refused
from passport_service.domain.lifecycle import catch_up
from passport_service.domain.passport import Passport, PassportState
from passport_service.domain.roles import Act, require
from passport_service.domain.routing import Routing, route
from passport_service.services import councils, dossiers
from passport_service.services.reasons import check_reason
from passport_service.store import lookups
from passport_service.store.database import Store

SWEEP_BATCH = 500


@dataclass(frozen=True, slots=True)
class Standpoint:
    """A person as they stood at a moment by what was known at another, with everything needed to explain it (R14.1)."""

    dossier: Dossier
    council: Council
    as_of: datetime
    known_at: datetime

    @property
    def passport(self) -> Passport | None:
        return self.dossier.passport

    @property
    def state(self) -> PassportState:
        return self.passport.state if self.passport else PassportState.WORKING_TOWARDS

    @property
    def criteria(self) -> Criteria:
        return criteria(self.dossier, self.council, self.as_of)

    @property
    def reasons(self) -> tuple[str, ...]:
        """The codes of the state's cause, or of what is still missing (R0.8)."""
        if self.passport:
            return tuple(str(one) for one in self.passport.reasons)
        return tuple(str(one) for one in self.criteria.missing)

    def route(self, types: Sequence[str]) -> Routing:
        return route(self.dossier, self.council, types, self.as_of)


def standpoint(
    store: Store,
    stream: str,
    *,
    now: datetime,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> Standpoint:
    """How a person stood *as of* a moment, by what was *known at* a moment; both now by default (R0.1, D.14).

    Authority is never back-dated, so what was learned after ``as_of`` does not change it (R0.3); what time alone would
    have brought by then is taken in, whether or not the sweep has run (R0.4).
    """
    as_of, known_at = as_of or now, known_at or now
    learned_by = min(as_of, known_at)
    council = councils.load(store, None if learned_by >= now else learned_by)
    dossier = dossiers.load(store, stream, None if learned_by >= now else learned_by)
    catch_up(dossier, council, as_of)
    return Standpoint(dossier, council, as_of, known_at)


def knowledge(store: Store, stream: str, *, now: datetime, known_at: datetime | None = None) -> Standpoint:
    """Everything known of a person at a moment, for questions about facts rather than about authority (R2.10, R14.2)."""
    known_at = known_at or now
    earlier = None if known_at >= now else known_at
    return Standpoint(
        dossiers.load(store, stream, earlier), councils.load(store, earlier), known_at, known_at
    )


def sweep(store: Store, *, now: datetime) -> int:
    """Settle everyone whose moment has come; returns how many changed. Run twice, the second finds nothing (R4.1, R11.4)."""
    changed = 0
    while due := lookups.due_for_review(now, SWEEP_BATCH):
        changed += dossiers.touch(store, due, now=now)
    return changed


def take_precaution(
    store: Store, stream: str, *, by: str, reason: str, now: datetime, caused_by: str
) -> None:
    """Pause a passport as a precaution, by a named person with a reason (L6)."""
    check_reason(reason)
    require(dossiers.load(store, by).role_at(now) or "", Act.TAKE_PRECAUTION)
    with dossiers.changing(store, stream, now=now, caused_by=caused_by) as case:
        if case.dossier.live is None:
            raise Refused("NOT_ALLOWED", "There is no live passport to pause.")
        case.add("precaution_taken", {"by": by, "reason": reason})


def lift_precaution(
    store: Store, stream: str, *, by: str, reason: str, now: datetime, caused_by: str
) -> None:
    """End a precaution (L7)."""
    check_reason(reason)
    require(dossiers.load(store, by).role_at(now) or "", Act.TAKE_PRECAUTION)
    with dossiers.changing(store, stream, now=now, caused_by=caused_by) as case:
        if not case.dossier.precaution:
            raise Refused("NOT_ALLOWED", "No precaution is in place.")
        case.add("precaution_lifted", {"by": by, "reason": reason})


def agree_to_reissue(
    store: Store, stream: str, *, by: str, reason: str, now: datetime, caused_by: str
) -> None:
    """Agree that someone revoked twice within 24 months may earn a passport again (R13.4)."""
    check_reason(reason)
    require(dossiers.load(store, by).role_at(now) or "", Act.ANSWER)
    with dossiers.changing(store, stream, now=now, caused_by=caused_by) as case:
        case.add("reissue_agreed", {"by": by, "reason": reason})


def give_up(store: Store, stream: str, *, now: datetime, caused_by: str) -> None:
    """The holder gives their passport up (L11); earning it again starts from zero."""
    with dossiers.changing(store, stream, now=now, caused_by=caused_by) as case:
        if case.dossier.live is None:
            raise Refused("NOT_ALLOWED", "There is no live passport to give up.")
        case.add("passport_ended", {"codes": ["ENDED"], "why": "given_up"})
