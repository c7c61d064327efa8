"""Taking in items of work and what CCV decided on them."""

from datetime import date

from passport_service.domain.dossier import Dossier
from passport_service.domain.events import Event
from passport_service.domain.items import Item
from passport_service.domain.streak import Decision, Outcome


def item_submitted(dossier: Dossier, event: Event) -> None:
    data = event.data
    if item := dossier.items.get(data["item"]):
        item.resubmitted_at = event.effective_at
        item.status = "submitted"
        item.due_on = date.fromisoformat(data["due_on"])
        return
    dossier.items[data["item"]] = Item(
        ref=data["item"],
        kind=data["kind"],
        type=data["type"],
        stream=data["stream"],
        status="submitted",
        submitted_at=event.effective_at,
        recorded_at=event.recorded_at,
        due_on=date.fromisoformat(data["due_on"]),
        facts=data.get("facts", {}),
    )


def item_confirmed(dossier: Dossier, event: Event) -> None:
    data = event.data
    dossier.items[data["item"]] = Item(
        ref=data["item"],
        kind=data["kind"],
        type=data["type"],
        stream="none",
        status="confirmed",
        confirmed_at=event.effective_at,
        recorded_at=event.recorded_at,
        facts=data.get("facts", {}),
        check=data["check"],
        basis=data.get("basis"),
    )


def item_withdrawn(dossier: Dossier, event: Event) -> None:
    item = dossier.items[event.data["item"]]
    item.status, item.withdrawn_at = "withdrawn", event.recorded_at


def item_picked(dossier: Dossier, event: Event) -> None:
    item = dossier.items[event.data["item"]]
    item.stream, item.basis = "moderate", event.data["basis"]
    item.picked_at, item.due_on = event.effective_at, date.fromisoformat(event.data["due_on"])
    if item.status == "confirmed":
        item.status = "picked"


def item_decided(dossier: Dossier, event: Event) -> None:
    data = event.data
    item = dossier.items[data["item"]]
    dossier.decisions[data["decision"]] = Decision(
        id=data["decision"],
        item=item.ref,
        kind=item.kind,
        type=item.type,
        outcome=Outcome(data["outcome"]),
        effective_at=event.effective_at,
        recorded_at=event.recorded_at,
        seq=event.seq,
        reviewer=data["reviewer"],
        stream=data["stream"],
        submitted_at=item.work_at,
        reason=data.get("reason", ""),
    )
    item.status, item.decided_at = data["outcome"], event.effective_at


def decision_corrected(dossier: Dossier, event: Event) -> None:
    decision = dossier.decisions[event.data["decision"]]
    decision.outcome = Outcome(event.data["outcome"])
    decision.reviewer = event.data["reviewer"]
    decision.reason = event.data.get("reason", decision.reason)
    decision.corrected_at = event.recorded_at
    decision.set_aside = False  # whoever corrected it has read the work again (R3.1)
    dossier.items[decision.item].status = event.data["outcome"]


def decision_set_aside(dossier: Dossier, event: Event) -> None:
    dossier.decisions[event.data["decision"]].set_aside = True
