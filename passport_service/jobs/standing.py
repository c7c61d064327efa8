"""Jobs about people: what time alone brings, what nobody decided in time, who has fallen silent."""

from datetime import datetime

from passport_service.doors import Deployment
from passport_service.jobs.job import Outcome
from passport_service.services import accounts, escalations, passports, setup


def is_set_up(deployment: Deployment, now: datetime) -> bool:
    """Before a council is set up there is nothing to do for it."""
    return setup.is_set_up(deployment.store)


def sweep(deployment: Deployment, now: datetime) -> Outcome:
    """Settle everyone whose moment has come: expiries, lapses, warnings (R4.1, R11.4)."""
    return {"changed": passports.sweep(deployment.store, now=now)}


def close_accounts(deployment: Deployment, now: datetime) -> Outcome:
    """Close the accounts of leavers, so that what is open is what is used (D.18.5)."""
    return {"closed": accounts.deactivate_leavers(deployment.store, now=now)}


def escalate(deployment: Deployment, now: datetime) -> Outcome:
    """Tell the service managers what was not decided by its day; nothing else follows from it (R11.5)."""
    return escalations.escalate(deployment.store, now=now)


def listen(deployment: Deployment, now: datetime) -> Outcome:
    """Notice a learning system that has said nothing for longer than it is used to, and write to somebody (R2.12)."""
    quiet = escalations.tell_of_silence(deployment.store, now=now)
    return {"quiet": quiet}
