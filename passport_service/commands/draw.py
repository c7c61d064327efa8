"""``passport draw``: the moderation draws, their receipts, and checking one offline."""

import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import click
import orjson

from passport_service.commands import deployment_here
from passport_service.domain.errors import Refused
from passport_service.domain.receipts import verify_chain
from passport_service.jobs.drawing import draw_key
from passport_service.services import draws, published_draws
from passport_service.services.reasons import check_reason
from passport_service.services.recommitting import recommit as publish_again

BY = "command line"


@click.group("draw")
def command() -> None:
    """The moderation draws, their receipts, and checking one offline."""


@command.command("list")
def listing() -> None:
    """List the draws, the latest first."""
    store = deployment_here().store
    for one in reversed(published_draws.every(store)):
        pool, picks = (sum(len(receipt[name]) for receipt in one.receipts) for name in ("pool", "picks"))
        others = sum(len(receipt["other_picks"]) for receipt in one.receipts)
        click.echo(
            f"{one.period}  pool {pool:>5}  random {picks:>3}  other {others:>3}  seed {one.receipts[0]['seed_mode']}"
        )
    click.echo(f"published for the next: {published_draws.next_commitment(store) or 'nothing yet'}")


@command.command("show")
@click.argument("period")
def show(period: str) -> None:
    """Print the receipts of one draw as JSON; `last` is the latest."""
    found = published_draws.every(deployment_here().store)
    chosen = found[-1:] if period == "last" else [one for one in found if one.period == period]
    if not chosen:
        raise Refused("NOT_FOUND", f"There was no draw for {period}.", "period")
    click.echo(orjson.dumps(_one_or_all(chosen[0].receipts), option=orjson.OPT_INDENT_2).decode())


def _one_or_all(receipts: list[dict[str, Any]]) -> Any:
    return receipts[0] if len(receipts) == 1 else receipts


@command.command("run")
@click.option("--seed", required=True, help="The seed text: dice typed by two people, or a beacon's value.")
@click.option("--source", help="Where the seed comes from.")
def run(seed: str, source: str | None) -> None:
    """Draw now, with a seed given here, over what was confirmed since the last cut-off."""
    here = deployment_here()
    receipts = draws.run_now(here.store, now=here.clock(), seed=seed, source=source)
    click.echo(orjson.dumps(_one_or_all(receipts), option=orjson.OPT_INDENT_2).decode())


@command.command("verify")
@click.argument(
    "receipts", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
def verify(receipts: tuple[Path, ...]) -> None:
    """Check receipts from files, without the database; several of one stratum, oldest first, as a chain."""
    strata: dict[str, list[Any]] = defaultdict(list)
    for file in receipts:
        for one in _read(file):
            strata[str(one.get("stratum")) if isinstance(one, dict) else "?"].append(one)
    problems = [problem for chain in strata.values() for problem in verify_chain(chain)]
    for problem in problems:
        click.echo(problem)
    if problems:
        sys.exit(1)
    number = sum(map(len, strata.values()))
    click.echo("The draw is right." if number == 1 else f"All {number} receipts are right.")


def _read(file: Path) -> list[Any]:
    """The receipts of a file: one, a list of them, or an answer of the interface. Raises Refused MALFORMED."""
    try:
        found = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as fault:
        raise Refused("MALFORMED", f"{file} is not JSON: {fault}.") from fault
    if isinstance(found, dict) and isinstance(found.get("receipts"), list):
        found = found["receipts"]
    return found if isinstance(found, list) else [found]


@command.command("recommit")
@click.option("--reason", required=True, help="What happened to the key; everybody can read it.")
def recommit(reason: str) -> None:
    """After the draw key was lost: publish the hash that the present key, or a new one, gives for the next draw."""
    here = deployment_here()
    check_reason(reason)  # before there is a new key
    key = draw_key(here.settings.draw_key)
    click.echo(publish_again(here.store, key=key, reason=reason, by=BY, now=here.clock()))
