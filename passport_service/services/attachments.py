"""The data of attachments, in between the statements that name it and the store that keeps it."""

from collections.abc import Sequence
from functools import partial

from passport_service.store import attachments
from passport_service.store.attachments import Naming
from passport_service.store.database import Store
from passport_service.store.statement_rows import Kept
from passport_service.store.statements import Incoming
from passport_service.xapi.attachments import attachments_of
from passport_service.xapi.multipart import Enclosed


def namings(batch: Sequence[Incoming]) -> list[Naming]:
    """Which statement of a batch names which data, and of what type it says that is."""
    return [
        (one.id, attachment["sha2"].lower(), attachment["contentType"])
        for one in batch
        for attachment in attachments_of(one.value)
    ]


def attached_to(store: Store, kept: Sequence[Kept]) -> list[Enclosed]:
    """The data of these statements' attachments, ready to be read piece by piece, each once."""
    with store.reading():
        found = attachments.of_statements(store, [one.pk for one in kept])
    return [
        Enclosed(one.sha2, one.content_type, one.size, partial(attachments.pieces, store, one))
        for one in found
    ]
