"""The moderation draws and their receipts; the newest without the carry, until the next draw (R8.2)."""

from typing import Any

from flask import Response, url_for

from passport_service.api.bodies import parameters
from passport_service.api.door import blueprint, needs
from passport_service.api.replays import respond
from passport_service.domain.errors import Refused
from passport_service.doors import deployment
from passport_service.services import published_draws


@blueprint.get("/draws")
@needs("may_read")
def draws() -> Response:
    """Every draw so far, the newest first, and the hash that was published for the next."""
    parameters({})
    found = published_draws.every(deployment().store)
    listed = [_listed(one.period, one.receipts) for one in reversed(found)]
    return respond({"draws": listed, "next_commitment": published_draws.next_commitment(deployment().store)})


def _listed(period: str, receipts: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "period": period,
        "pool": sum(one["pool_size"] for one in receipts),
        "quota": sum(one["quota"] for one in receipts),
        "strata": [one["stratum"] for one in receipts],
        "receipts": url_for("api.draw", period=period, _external=False),
    }


@blueprint.get("/draws/<period>")
@needs("may_read")
def draw(period: str) -> Response:
    """The receipts of one draw, one for each stratum; anybody can check them offline."""
    parameters({})
    for one in published_draws.every(deployment().store):
        if one.period == period:
            return respond({"period": period, "receipts": one.receipts})
    raise Refused("NOT_FOUND", f"There was no draw for {period[:60]}.", "period")
