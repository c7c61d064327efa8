"""The weekly moderation draw: pool, quota, seed, picks and receipt, once for each cut-off (D.8).

The secret of a draw is derived from a key that only the draw reads (``settings.draw_key``) and the draw's place in the
order, so that nothing secret is stored; its hash is published one draw earlier. The receipts are facts of the council.
"""

import hmac
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from passport_service.domain.calendar import business_date
from passport_service.domain.council import Council
from passport_service.domain.cutoffs import cutoffs_due, next_cutoff, parse_schedule, period_of
from passport_service.domain.errors import Refused
from passport_service.domain.events import NewEvent
from passport_service.domain.moderation import Basis, Receipt, Seed, SeedMode, commitment
from passport_service.domain.notices import message
from passport_service.domain.picks import Entry, Rules, draw_all
from passport_service.domain.policy import Policy
from passport_service.services import councils, dossiers
from passport_service.services.dossiers import Case
from passport_service.store import lookups
from passport_service.store.database import Store

WORKER = "system:draw"


def secret_of(key: bytes, place: int) -> str:
    """The secret of the draw at a place in the order: nobody without the key can tell it (R8.4)."""
    return hmac.new(key, f"draw {place}".encode(), sha256).hexdigest()


def next_place(council: Council) -> int:
    """The place of the next draw with a committed secret; draws with a given seed leave the published hash standing."""
    return 1 + sum(
        any(receipt["seed_mode"] == SeedMode.COMMITTED for receipt in one.data["receipts"])
        for one in council.draws
    )


def published(council: Council) -> str | None:
    """The hash that stands published for the next draw with a committed secret; None before there is one (R8.4)."""
    return council.commitments.get(str(next_place(council)))


def _upcoming(council: Council, seed: Seed, key: bytes) -> str | None:
    """The hash that the next committed draw answers: a new one, or after a given seed the one that stands."""
    if seed.mode is SeedMode.COMMITTED:
        return commitment(secret_of(key, next_place(council) + 1))
    return published(council)


def commit(store: Store, *, key: bytes, now: datetime) -> str:
    """Publish the hash of the next draw's secret, if that has not been done; returns the hash (R8.4)."""
    with store.writing(now):
        council = councils.load_for_change(store)
        place = str(next_place(council))
        if place not in council.commitments:
            data = {"draw": place, "hash": commitment(secret_of(key, int(place)))}
            council = councils.append(
                store, [NewEvent("draw_committed", now, data)], now=now, caused_by=WORKER
            )
    return council.commitments[place]


def next_due_at(council: Council, now: datetime) -> datetime:
    """The first cut-off that has not been drawn: it may be in the past (R8.6)."""
    return next_cutoff(_last_cutoff(council), parse_schedule(council.policies.at(now)["moderation.schedule"]))


def run_due(store: Store, *, now: datetime, key: bytes) -> list[list[dict[str, Any]]]:
    """Run every cut-off that has come and was not drawn, oldest first; the receipts of each, by stratum (R8.6)."""
    done: list[list[dict[str, Any]]] = []
    commit(store, key=key, now=now)
    while True:
        with store.writing(now):
            council = councils.load_for_change(store)
            schedule = parse_schedule(council.policies.at(now)["moderation.schedule"])
            due = cutoffs_due(_last_cutoff(council), now, schedule)
            if not due:
                return done
            done.append(_run(store, council, due[0], _committed_seed(council, key), key, now))


def run_now(
    store: Store, *, now: datetime, seed: str, source: str | None = None, key: bytes = b""
) -> list[dict[str, Any]]:
    """A draw with a cut-off of now and a given seed text: dice typed by two people, a beacon, a story (R8.4).

    Raises Refused MALFORMED for an empty seed, ID_CONFLICT when a draw of this very moment exists.
    """
    if not seed.strip():
        raise Refused("MALFORMED", "A seed text is needed.", "seed")
    with store.writing(now):
        council = councils.load_for_change(store)
        if council.draws and council.draws[-1].effective_at >= now:
            raise Refused("ID_CONFLICT", "This cut-off has been drawn already.", "seed")
        return _run(store, council, now, Seed(SeedMode.GIVEN, text=seed, source=source), key, now)


def _committed_seed(council: Council, key: bytes) -> Seed:
    place = next_place(council)
    secret, published = secret_of(key, place), council.commitments[str(place)]
    if commitment(secret) != published:
        raise Refused(
            "NOT_ALLOWED",
            "The draw key is not the one whose hash was published: restore the key. If it is lost: `passport draw recommit`.",
            "draw_key",
        )
    return Seed(SeedMode.COMMITTED, secret=secret, commitment=published)


def _last_cutoff(council: Council) -> datetime:
    return council.draws[-1].effective_at if council.draws else council.set_up_at


def _run(
    store: Store, council: Council, cutoff: datetime, seed: Seed, key: bytes, now: datetime
) -> list[dict[str, Any]]:
    policy = council.policies.at(cutoff)
    after = council.draws[-1].effective_at if council.draws else None
    confirmed = lookups.confirmed_between(after, cutoff)
    upcoming = _upcoming(council, seed, key)
    receipts = draw_all(
        [_entry(one) for one in confirmed],
        period=period_of(cutoff),
        after=after,
        until=cutoff,
        drawn_on=business_date(cutoff),
        rules=_rules(policy, key),
        seed=seed,
        carries=_carries(council, policy["moderation.strata"]),
        last_looked_on=_last_looked_on(store, confirmed, policy),
        next_commitment=upcoming,
    )
    written = [one.data() for one in receipts]
    new = [
        NewEvent(
            "draw_run",
            cutoff,
            {"draw": len(council.draws) + 1, "strata": policy["moderation.strata"], "receipts": written},
        )
    ]
    if upcoming and upcoming not in council.commitments.values():
        new.append(NewEvent("draw_committed", now, {"draw": str(next_place(council) + 1), "hash": upcoming}))
    councils.append(store, new, now=now, caused_by=WORKER)
    _tell_holders(store, council, {one.ref: one.stream for one in confirmed}, receipts, cutoff, now)
    return written


def _entry(one: lookups.Confirmed) -> Entry:
    bases = (Basis(one.basis),) if one.basis else ()
    return Entry(one.ref, one.stream, one.kind, one.recorded_at, one.locality, bases, one.withdrawn_at)


def _rules(policy: Policy, key: bytes) -> Rules:
    start = policy["moderation.carry_start"]
    if start == "random":
        start = int.from_bytes(hmac.new(key, b"carry", sha256).digest()) % 10_000
    return Rules(
        policy["moderation.rate_bp"], policy["moderation.strata"], start, policy["moderation.coverage"]
    )


def _carries(council: Council, strata: str) -> dict[str, int]:
    """The carry of each stratum drawn before under the same way of making strata (R8.2, R8.3)."""
    carries: dict[str, int] = {}
    for draw in council.draws:
        if draw.data["strata"] == strata:
            carries |= {one["stratum"]: one["carry_after"] for one in draw.data["receipts"]}
    return carries


def _last_looked_on(
    store: Store, confirmed: Iterable[lookups.Confirmed], policy: Policy
) -> Mapping[str, date]:
    """For coverage only: when an item of each holder was last picked, or else their issue (R8.8)."""
    looked: dict[str, date] = {}
    if policy["moderation.coverage"] is None:
        return looked
    for stream in {one.stream for one in confirmed}:
        dossier = dossiers.load(store, stream)
        moments = [one.picked_at for one in dossier.items.values() if one.picked_at]
        if dossier.passport:
            moments.append(dossier.passport.issued_at)
        if moments:
            looked[stream] = business_date(max(moments))
    return looked


def _tell_holders(
    store: Store,
    council: Council,
    holders: Mapping[str, str],
    receipts: Iterable[Receipt],
    cutoff: datetime,
    now: datetime,
) -> None:
    """Put each pick on its holder's record, with the day by which it is looked at (R8.6, Q24)."""
    picks: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for receipt in receipts:
        for pick in receipt.picks:
            picks[holders[pick.item]].append((pick.item, "random", receipt.draw.stratum))
        for item, basis in receipt.others:
            picks[holders[item]].append((item, str(basis), receipt.draw.stratum))
    policy = council.policies.at(cutoff)
    due = council.calendar.add_working_days(business_date(cutoff), policy["moderation.due_wd"])
    with dossiers.changing_all(store, picks, now=now, caused_by=WORKER) as cases:
        for stream, chosen in picks.items():
            _pick(cases[stream], chosen, period_of(cutoff), due, cutoff)


def _pick(case: Case, chosen: list[tuple[str, str, str]], period: str, due: date, cutoff: datetime) -> None:
    for item, basis, stratum in sorted(chosen):
        data = {"item": item, "basis": basis, "period": period, "stratum": stratum, "due_on": due.isoformat()}
        case.add("item_picked", data, effective_at=cutoff)
    if case.council.policies.at(cutoff)["moderation.notify"] == "at publication":
        case.add("message_given", message(case.dossier, case.council, "picked", case.now, {}))


def receipts_of(store: Store) -> list[dict[str, Any]]:
    """Every receipt so far, oldest draw first; kept for ever (D.18.6)."""
    return [one for draw in councils.load(store).draws for one in draw.data["receipts"]]


def last_draw(store: Store) -> dict[str, Any] | None:
    """The last draw in one view: pool size and hash, quota, carry and random picks over its strata, for a question."""
    council = councils.load(store)
    return dict(council.draws[-1].data) if council.draws else None
