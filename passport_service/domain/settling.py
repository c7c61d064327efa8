"""The collecting end of the lifecycle: what is decided is taken into the dossier at once and kept for the ledger."""

from datetime import datetime

from passport_service.domain.council import Council
from passport_service.domain.dossier import Dossier
from passport_service.domain.events import Event, NewEvent
from passport_service.domain.folds import apply
from passport_service.domain.notices import notice
from passport_service.domain.passport import Code


class Settling:
    """One settling: collects new events and takes each into the dossier at once, so that later steps see it."""

    def __init__(self, dossier: Dossier, council: Council, recorded_at: datetime) -> None:
        self.dossier, self.council, self.recorded_at = dossier, council, recorded_at
        self.moment = recorded_at
        self.new: list[NewEvent] = []

    def emit(self, kind: str, data: dict[str, object], rests_on: str | None = None) -> None:
        event = NewEvent(kind, self.moment, data, rests_on)
        self.new.append(event)
        version = self.council.policies.at(self.moment).version
        apply(
            self.dossier,
            Event(
                self.dossier.stream,
                self.dossier.seq + 1,
                kind,
                self.moment,
                self.recorded_at,
                "system",
                version,
                rests_on,
                data,
            ),
        )

    def tell(self, code: Code, **facts: object) -> None:
        self.emit("notice_given", notice(self.dossier, self.council, code, self.moment, facts))
