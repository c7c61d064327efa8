"""Training: what is required, which courses and activities give it, and whether the learning systems are still heard."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, render_template

from passport_service.domain.catalogue import Catalogue, Mapping
from passport_service.domain.roles import Act
from passport_service.domain.training import CORE, Requirement
from passport_service.doors import deployment, moment
from passport_service.services import councils, keys, priors, silence
from passport_service.services import waivers as waiver_services
from passport_service.store import waiting_queries
from passport_service.store.waiting_queries import ActivityUse
from passport_service.web.access import allow
from passport_service.web.reach import can, roles_with

blueprint = Blueprint("training", __name__, url_prefix="/training")

WHO_SEES = roles_with(Act.SEE_PRACTITIONERS, Act.MANAGE_TRAINING)
WHO_MAY = roles_with(Act.MANAGE_TRAINING)


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """One activity that means a course, and what has been heard of it."""

    mapping: Mapping
    use: ActivityUse | None
    key: str

    @property
    def is_open(self) -> bool:
        return self.mapping.until_on is None


@blueprint.get("")
@allow(*WHO_SEES)
def listing() -> str:
    """Requirements with what was heard of each, and the learning systems with when each was last heard."""
    store, now = deployment().store, moment()
    catalogue = councils.load(store).catalogue
    hearings = silence.hearings(store, now)
    lines = _activity_lines(catalogue)
    heard = {slug: _last_heard(lines[slug]) for slug in catalogue.requirements}
    return render_template(
        "training/listing.html", catalogue=catalogue, lines=lines, heard=heard, hearings=hearings,
        alarms=[one for one in hearings if one.is_alarming], core=CORE, may_change=can(Act.MANAGE_TRAINING),
        proposals=len(priors.pending(store)), requests=len(waiver_services.requests(store)),
    )  # fmt: skip


@blueprint.get("/requirements/<slug>")
@allow(*WHO_SEES)
def one(slug: str) -> str:
    """One requirement: its rules, its activities with what was heard of them, and its equivalents."""
    catalogue = councils.load(deployment().store).catalogue
    requirement = requirement_of(catalogue, slug)
    return render_template(
        "training/one.html", requirement=requirement, lines=_activity_lines(catalogue)[slug], catalogue=catalogue,
        equivalents=catalogue.equivalents.get(slug, ()), may_change=can(Act.MANAGE_TRAINING), core=CORE,
    )  # fmt: skip


def requirement_of(catalogue: Catalogue, slug: str) -> Requirement:
    """The requirement of an address, or the page is not there."""
    found = catalogue.requirements.get(slug)
    return found or abort(404)


def _activity_lines(catalogue: Catalogue) -> dict[str, list[ActivityLine]]:
    """The activities of each requirement's course; one query for what was heard of all of them."""
    store = deployment().store
    uses = waiting_queries.activity_uses(store, sorted(catalogue.activities))
    labels = {one.id: one.label for one in keys.every(store)}
    lines: dict[str, list[ActivityLine]] = {slug: [] for slug in catalogue.requirements}
    for entries in catalogue.activities.values():
        for mapping in entries:
            use = uses.get(mapping.source)
            line = ActivityLine(mapping, use, labels.get(use.key_id or "", "") if use else "")
            lines.setdefault(mapping.target, []).append(line)
    return lines


def _last_heard(lines: list[ActivityLine]) -> datetime | None:
    return max((one.use.last_at for one in lines if one.use), default=None)
