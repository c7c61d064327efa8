"""The council that a story is played in: a fresh embedded database, its people, and the clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID, uuid5

from passport_service.domain.calendar import business_date, start_of_day
from passport_service.domain.errors import Refused
from passport_service.domain.events import NewEvent
from passport_service.domain.training import CORE
from passport_service.scenarios.story import Malformed, Story
from passport_service.services import councils, keys, people, setup
from passport_service.services.keys import Key
from passport_service.store import lookups
from passport_service.store.database import Store, migrate, open_store

STORY = "story"
LONG_AGO = setup.FIRST
IDS = UUID("5f0a4c5e-6f0b-4bb1-9a39-3b8f5f7f7a01")
DRAW_KEY = b"the draw key of stories"


class World:
    """What the steps work on. ``now`` is the clock of the story, moved by the player alone."""

    def __init__(self, story: Story, store: Store, key: Key, now: datetime) -> None:
        self.story, self.store, self.key, self.now = story, store, key, now

    def person(self, key: str) -> str:
        """The stream of someone in the story. Raises Malformed."""
        stream = lookups.find_stream(key) if key in self.story.people else None
        if stream is None:
            raise Malformed(f"there is no person {key!r} in this story", "who")
        return stream

    def somebody(self, name: str) -> str:
        """The stream of someone in the story, or the name of someone outside it."""
        return self.person(name) if name in self.story.people else name

    def core(self) -> list[str]:
        return [one.slug for one in councils.load(self.store).catalogue.core]


def statement_id(given: str) -> str:
    """The id of a statement that the story names: as it is when it is a UUID, else one made of the name."""
    try:
        return str(UUID(given))
    except ValueError:
        return str(uuid5(IDS, given))


def course_activity(slug: str) -> str:
    return f"course:{slug}"


@contextmanager
def opened(story: Story, url: str) -> Iterator[World]:
    """A world at the start of its story, on a database that does not exist yet."""
    store = open_store(url, create=True)
    try:
        migrate(store)
        yield _begin(story, store)
    finally:
        store.close()


def _begin(story: Story, store: Store) -> World:
    """Set up at the start of the day of the first step, so that everybody is known before anything happens."""
    now = start_of_day(business_date(story.steps[0].at))
    _set_up(story, store, now)
    for one in story.people.values():
        stream = people.register(
            store,
            ref=one.key,
            attributes=dict(one.attributes),
            now=now,
            caused_by=STORY,
            effective_at=LONG_AGO,
        )
        for home, name in one.accounts:
            people.link(store, stream, account_key(home, name), now=now, caused_by=STORY)
    key = keys.create(
        store,
        label="story",
        purpose="xapi",
        pepper=STORY,
        by=STORY,
        now=now,
        may_void=True,
        may_waive=story.may_waive,
    ).key
    return World(story, store, key, now)


def account_key(home: str, name: str) -> str:
    return f"account|{home}|{name}"


def _set_up(story: Story, store: Store, now: datetime) -> None:
    requirements = story.catalogue if story.catalogue is not None else setup.core_catalogue()
    activities = {
        one["slug"]: (course_activity(one["slug"]), *story.activities.get(one["slug"], ()))
        for one in requirements
    }
    endorsements = {name for one in requirements for name in one["sets"]} - {CORE} | {setup.EQUIPMENT}
    try:
        setup.set_up(
            store,
            now=now,
            preset=story.preset,
            overrides=story.settings,
            catalogue=requirements,
            activities=activities,
            endorsements=sorted(endorsements),
            caused_by=STORY,
        )
    except Refused as refusal:
        raise Malformed(refusal.message, refusal.where or "settings") from None
    # An endorsement of the story's own allows the case type of its name: nothing else could be meant by it.
    own = [
        NewEvent("case_type_set", now, {"slug": one, "title": one, "endorsement": one})
        for one in endorsements
        if one != setup.EQUIPMENT
    ]
    with store.writing(now):
        councils.append(store, own, now=now, caused_by=STORY)
