"""Everything known of one person, folded from their events: the only reading of the ledger's facts (R0.2).

A dossier is folded from the events known at a moment; its questions take the moment *as of* which they are asked (R0.1).
How each kind of event is taken in stands in ``folds``.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from passport_service.domain.concerns import Concern
from passport_service.domain.events import Event
from passport_service.domain.items import Item
from passport_service.domain.passport import TRANSITIONS, Passport, PassportState, series_of
from passport_service.domain.people import Absence, Attributes
from passport_service.domain.streak import Decision
from passport_service.domain.training import Completion, Prior, Waiver


@dataclass(slots=True)
class Dossier:
    """One person's facts. ``seq`` and ``last_recorded_at`` are those of the last event taken in."""

    stream: str
    seq: int = 0
    last_recorded_at: datetime | None = None
    attributes: Attributes = field(default_factory=Attributes)
    identifiers: list[tuple[str, datetime | None, datetime | None]] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)
    registration_checked_at: datetime | None = None
    completions: dict[str, Completion] = field(default_factory=dict)
    voided: dict[str, datetime] = field(default_factory=dict)
    priors: list[Prior] = field(default_factory=list)
    waivers: list[Waiver] = field(default_factory=list)
    waiver_requests_closed: set[str] = field(default_factory=set)
    items: dict[str, Item] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    concerns: dict[str, Concern] = field(default_factory=dict)
    transitions: list[Event] = field(default_factory=list)
    passports: list[Passport] = field(default_factory=list)
    spared: list[frozenset[str]] = field(default_factory=list)
    notices: list[Event] = field(default_factory=list)
    warned: set[tuple[str, str, int]] = field(default_factory=set)
    precaution: Event | None = None
    agreed_at: datetime | None = None
    answers: list[Event] = field(default_factory=list)
    registered_at: datetime | None = None
    holds: set[str] = field(default_factory=set)
    training_cache: dict[Any, Any] = field(default_factory=dict)
    # Items and concerns of records merged into this one: they count here, and stay theirs (R16.4).
    of_duplicates: frozenset[tuple[str, str]] = frozenset()

    @property
    def is_duplicate(self) -> bool:
        """Whether this record was merged into another: then nothing happens here by itself (R16.4)."""
        return bool(self.attributes.latest("merged_into"))

    @property
    def passport(self) -> Passport | None:
        """The passport that speaks: the last of the series."""
        return self.passports[-1] if self.passports else None

    @property
    def live(self) -> Passport | None:
        last = self.passport
        return last if last and last.is_live else None

    def passport_at(self, moment: datetime) -> Passport | None:
        """The passport that spoke at a moment, by the transitions that had taken effect (R0.3)."""
        series = series_of([one for one in self.transitions if one.effective_at <= moment])
        return series[-1] if series else None

    def active_spells(self) -> list[tuple[datetime, datetime | None]]:
        """When passports were active: from (not included) to (included; None: still)."""
        spells: list[tuple[datetime, datetime | None]] = []
        series: list[Passport] = []
        since: datetime | None = None
        for event in self.transitions:
            TRANSITIONS[event.kind](series, event)
            is_active = series[-1].state is PassportState.ACTIVE
            if is_active and since is None:
                since = event.effective_at
            elif not is_active and since is not None:
                spells.append((since, event.effective_at))
                since = None
        return [*spells, (since, None)] if since else spells

    def role_at(self, moment: datetime) -> str | None:
        role: str | None = self.attributes.at("role", moment)
        return role

    def next_number(self) -> int:
        return len(self.passports) + 1
