"""New statements from another store, in one bounded run that goes on where the last one stopped."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.lrs.addresses import NotAllowed, Unreachable
from integrations.lrs.client import BoundedStore, Page
from integrations.lrs.connection import TooLarge
from integrations.lrs.cursor import Cursor, read_cursor
from integrations.lrs.settings import StoreSettings, read_settings
from passport_service.domain.errors import Refused
from passport_service.plugins import Pulled
from passport_service.xapi.errors import Invalid
from passport_service.xapi.timestamps import parse_timestamp

Accept = Callable[[list[dict[str, Any]]], int]
Save = Callable[[Mapping[str, Any]], None]

REASONS_KEPT = 100
BARREN_PAGES = 25  # in a row, without a new id or a later moment: the store leads round in a circle
LONGEST_REASON = 300
EARLIEST = datetime(2010, 1, 1, tzinfo=UTC)  # before there were record stores


def pull(
    settings: Mapping[str, Any],
    *,
    accept: Accept,
    load_cursor: Callable[[], Mapping[str, Any] | None],
    save_cursor: Save,
    now: datetime,
) -> Pulled:
    """One run: pages until the store has no more, a limit is reached, or something is wrong.

    Each page is accepted before the cursor moves past it, so a run may be killed anywhere. What the store
    does wrong ends the run with a ``problem``; the next run goes on from the same place. Raises ValueError
    for a wrong setting; errors of ``accept`` other than a refusal pass through.
    """
    checked = read_settings(settings)
    cursor = read_cursor(load_cursor())
    try:
        store = BoundedStore(checked)
    except Unreachable as fault:
        return Pulled(problem=str(fault))
    return _Run(store, checked, accept, save_cursor, now, cursor).run()


@dataclass(slots=True)
class _Run:
    store: BoundedStore
    settings: StoreSettings
    accept: Accept
    save: Save
    now: datetime
    cursor: Cursor
    report: Pulled = field(default_factory=Pulled)
    barren: int = 0

    def run(self) -> Pulled:
        ends = time.monotonic() + self.settings.run_seconds
        while self.report.pages < self.settings.pages and time.monotonic() < ends:
            try:
                page = self._fetch()
            except Unreachable as fault:
                self.report.problem = str(fault)
                break
            self._take(page)
            if self.cursor.more is None:
                self.report.finished = self.report.problem is None
                break
        return self.report

    def _fetch(self) -> Page:
        """The next page; a chain that cannot be followed is dropped, for `more` may have expired meanwhile."""
        if self.cursor.more is None:
            return self._ask_afresh()
        try:
            return self.store.next_page(self.cursor.more)
        except Unreachable as fault:
            self._drop_chain()
            if self.report.pages or isinstance(fault, NotAllowed | TooLarge):
                raise
            return self._ask_afresh()

    def _ask_afresh(self) -> Page:
        """The first page since the cursor; half as many statements each time the answer is too large."""
        overlap = timedelta(seconds=self.settings.overlap_seconds)
        since = self.cursor.since - overlap if self.cursor.since else self.settings.begin_at
        limit = self.settings.page_statements
        while True:
            try:
                return self.store.first_page(since, limit)
            except TooLarge:
                if limit == 1:
                    raise
                limit //= 2

    def _drop_chain(self) -> None:
        self.cursor = self.cursor.without_chain()
        self.save(self.cursor.as_json())

    def _take(self, page: Page) -> None:
        self.report.pages += 1
        self.report.received += len(page.statements)
        fresh = self._fresh(page.statements)
        added = take(fresh, self.accept, self._refuse)
        self.report.new += added
        stored = [(key, moment) for one in page.statements if (key := _id(one)) and (moment := _stored(one))]
        self._advance(page, stored)

    def _fresh(self, statements: list[Any]) -> list[dict[str, Any]]:
        fresh = []
        for one in statements:
            key = _id(one)
            if key is None:
                self._refuse("", "A statement from another store must have an id.")
            elif key in self.cursor.seen:
                self.report.known += 1
            else:
                fresh.append(_dated(one))
        return fresh

    def _advance(self, page: Page, stored: list[tuple[str, datetime]]) -> None:
        before = self.cursor
        self.cursor = before.after(
            stored,
            page.more,
            through=min(self.now, page.consistent_through or self.now),
            overlap=timedelta(seconds=self.settings.overlap_seconds),
        )
        moved = self.cursor.latest != before.latest or any(key not in before.seen for key, _ in stored)
        self.barren = 0 if moved else self.barren + 1
        if self.cursor.more is not None and (self.barren >= BARREN_PAGES or page.more == before.more):
            self.report.problem = "The other store leads round in a circle."
            self.cursor = self.cursor.without_chain()
        self.save(self.cursor.as_json())

    def _refuse(self, statement_id: str, reason: str) -> None:
        self.report.refused_count += 1
        if len(self.report.refused) < REASONS_KEPT:
            self.report.refused.append((statement_id, reason[:LONGEST_REASON]))


def take(statements: list[dict[str, Any]], accept: Accept, refuse: Callable[[str, str], None]) -> int:
    """Have a list accepted; when it is refused, halve it until only the statements at fault are left out.

    Returns how many were new. Each one at fault is told to ``refuse`` with its id and the reason.
    """
    if not statements:
        return 0
    try:
        return accept(statements)
    except (Refused, Invalid) as refusal:
        if len(statements) == 1:
            refuse(_id(statements[0]) or "", str(refusal))
            return 0
    middle = len(statements) // 2
    return take(statements[:middle], accept, refuse) + take(statements[middle:], accept, refuse)


def _id(statement: Any) -> str | None:
    value = statement.get("id") if isinstance(statement, dict) else None
    return value.lower() if isinstance(value, str) and value else None


def _stored(statement: Any) -> datetime | None:
    """When the other store says it stored the statement, unless that cannot be."""
    try:
        moment = parse_timestamp(statement["stored"])
    except (KeyError, TypeError, ValueError):
        return None
    return moment if moment >= EARLIEST else None


def _dated(statement: dict[str, Any]) -> dict[str, Any]:
    """With a timestamp: where the sender gave none it is the stored time (xAPI 1.0.3 Data 2.4.7)."""
    if "timestamp" in statement or not isinstance(statement.get("stored"), str):
        return statement
    return {**statement, "timestamp": statement["stored"]}
