"""The data of attachments, kept once for each key that sent it."""

from collections.abc import Iterable, Sequence

from passport_service.store.database import Store
from passport_service.store.statement_rows import in_parts, insert_many, marks
from passport_service.xapi.multipart import Attached


def save(store: Store, attached: Iterable[Attached], *, key_id: str) -> None:
    """Keeps data that this key has not sent before; inside ``writing()``."""
    rows = [(key_id, one.sha2, one.content_type, one.content) for one in attached]
    insert_many(store, "statement_attachment", "key_id, sha2, content_type, content", rows)


def load(store: Store, hashes: Sequence[str], *, key_id: str) -> list[Attached]:
    """What this key sent under these hashes (lower case); others are left out."""
    found: list[Attached] = []
    for part in in_parts(sorted(set(hashes))):
        rows = store.execute(
            "SELECT sha2, content_type, content FROM statement_attachment"
            f" WHERE key_id = ? AND sha2 IN ({marks(part)}) ORDER BY sha2",
            [key_id, *part],
        )
        found.extend(Attached(sha2, kind, bytes(content)) for sha2, kind, content in rows.fetchall())
    return found
