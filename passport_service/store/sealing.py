"""Seals: from time to time, one hash over the ends of all chains, so that no end can be cut off unseen."""

from datetime import datetime

from passport_service.store.chain import START, root_of, seal_link_of
from passport_service.store.database import Store
from passport_service.store.fields import moment_text

MOVED = (
    "SELECT e.stream, e.seq, e.link FROM event e JOIN"
    " (SELECT stream, max(seq) AS seq FROM event WHERE id > ? GROUP BY stream) last"
    " ON last.stream = e.stream AND last.seq = e.seq"
)


def seal(store: Store, now: datetime) -> bool:
    """Seals what was appended since the last seal; False if that is nothing. Joins or opens a write
    transaction.

    A seal holds the root over the heads that moved since the seal before, and that seal: so it covers all of
    them. Keep its link outside, too (it is in the log of the nightly run), and even rewriting everything
    would show.
    """
    with store.writing(now):
        if not store.is_sqlite:
            # Waits for those who hold numbers but have not committed; new writers wait a moment.
            store.execute("LOCK TABLE stream_head IN EXCLUSIVE MODE")
        previous = store.execute("SELECT through_id, link FROM seal ORDER BY id DESC LIMIT 1").fetchone()
        after, link = (previous[0], bytes(previous[1])) if previous else (0, START)
        through = store.execute("SELECT coalesce(max(id), 0) FROM event").fetchone()[0]
        if through <= after:
            return False
        moved = [(stream, seq, bytes(end)) for stream, seq, end in store.execute(MOVED, (after,)).fetchall()]
        root, sealed_at = root_of(moved), moment_text(now)
        store.execute(
            "INSERT INTO seal (sealed_at, through_id, streams, root, link) VALUES (?, ?, ?, ?, ?)",
            (sealed_at, through, len(moved), root, seal_link_of(link, sealed_at, through, root)),
        )
        return True
