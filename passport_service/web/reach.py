"""Whom somebody may see and what they may do, from the one table of roles; and how they sign what they do."""

from flask import abort

from passport_service.domain.roles import Act, Role, may, may_any
from passport_service.doors import deployment
from passport_service.store import queries
from passport_service.store.queries import Person
from passport_service.store.workforce_queries import Reach
from passport_service.web.users import user


def roles_with(*acts: Act) -> tuple[Role, ...]:
    """The roles that may do any of these acts, for ``allow(…)``."""
    return tuple(role for role in Role if any(may(role, act) for act in acts))


def can(act: Act) -> bool:
    """Whether the person who is signed in may do this at all."""
    return may_any(user().roles, act)


def signature() -> str:
    """Who signs an approval: the person, or the account while it is linked to nobody."""
    return user().stream or user().caused_by


def own_reach() -> Reach:
    """Everyone for those who may see practitioners; for a team manager their own team and the people they manage."""
    if can(Act.SEE_PRACTITIONERS) or can(Act.MANAGE_PEOPLE):
        return Reach(everyone=True)
    me = queries.find_person(deployment().store, user().stream or "")
    if me is None or not can(Act.SEE_TEAM):
        return Reach()
    return Reach(team=me.team, manager=me.ref)


def person_in_reach(stream: str) -> Person:
    """The person of this stream; a page about somebody out of reach is not there at all."""
    found = queries.find_person(deployment().store, stream)
    if found is None or not own_reach().covers(found):
        abort(404)
    return found
