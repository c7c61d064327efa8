"""Numbers that are given out once: streams of people, and whatever else needs an opaque one."""

from passport_service.store.database import Store

STREAM = "stream"


def next_number(store: Store, name: str) -> int:
    """The next number of a name, from 1, inside ``store.writing()``. Two writers never get the same."""
    if not store.is_writing:
        raise RuntimeError("numbers are given out inside store.writing()")
    row = store.execute(
        "INSERT INTO counter (name, value) VALUES (?, 1)"
        " ON CONFLICT (name) DO UPDATE SET value = counter.value + 1 RETURNING value",
        (name,),
    ).fetchone()
    return int(row[0])


def new_stream(store: Store) -> str:
    """A name for a new person's stream: ``P000123``. Not the highest in use plus one: two writers would share
    it.
    """
    return f"P{next_number(store, STREAM):06d}"
