"""The contract that integrations fulfil, on one page.

A plug-in is a module with ``register(plugins)``, which calls the ``add_…`` methods below and nothing else.
It is named by its dotted name in the setting ``integrations`` (``package.*`` is every plug-in in that
package), or installed by a third party under the entry-point group ``passport_service.integrations``. It
sees this module and the pure values (``evidence``, ``domain``, ``xapi``), never the services or the
database.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from functools import cached_property
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from typing import Any, Protocol

from passport_service.evidence import Recogniser, Recognisers

GROUP = "passport_service.integrations"

Settings = Mapping[str, Any]  # by the names of config.Settings, or those that the plug-in documents


class PluginFailed(Exception):
    """A plug-in could not be loaded; the message names it and says why."""


class Rank(IntEnum):
    """When a recogniser is asked: the most specific first."""

    DECLARED = 1  # the statement itself names its profile
    PLATFORM = 2  # the statement looks like those of one platform
    ANY = 3  # whatever uses well-known verbs


@dataclass(frozen=True, slots=True)
class Message:
    """A notice to send. ``id`` stays the same when it is sent again; ``html`` may be empty."""

    id: str
    to: str
    subject: str
    text: str
    html: str = ""


class NotDelivered(Exception):
    """A message was not taken over. ``again`` says whether a later try may succeed."""

    def __init__(self, reason: str, *, again: bool) -> None:
        super().__init__(reason)
        self.again = again


Deliver = Callable[[Message], None]  # raises NotDelivered; the same id twice is delivered at least once
DeliveryFactory = Callable[[Settings], Deliver]  # raises ValueError that names a wrong setting


@dataclass(frozen=True, slots=True)
class Transition:
    """Something that happened to a passport, for the world (R7.4): what, and where to read more; not why.

    ``kind`` is one word (``issued``, ``suspended``, ``lifted``, ``revoked``, ``lapsed``, ``confirmed``,
    ``authorised`` …); ``home_page`` and ``name`` are the practitioner's account in the learning system;
    ``status_link`` is where the current state can be read. ``id`` never changes.
    """

    id: str
    kind: str
    home_page: str
    name: str
    passport: str
    at: datetime
    status_link: str


@dataclass(slots=True)
class Pulled:
    """How a pull went. ``refused`` holds (statement id, reason) of the first hundred of ``refused_count``.

    ``finished`` means that the other store had nothing more to give; ``problem`` is a sentence when it
    misbehaved.
    """

    pages: int = 0
    received: int = 0
    new: int = 0
    known: int = 0
    refused_count: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    finished: bool = False
    problem: str | None = None


@dataclass(slots=True)
class Forwarded:
    """How forwarding went: ids taken over, (id, reason) of those never to be taken, what stopped it."""

    sent: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    problem: str | None = None


class Puller(Protocol):
    """Brings in statements from a store that cannot push, in one bounded run.

    ``accept`` takes a list of statements in one transaction, all or nothing, and returns how many were
    new. It raises ``domain.errors.Refused`` or ``xapi.errors.Invalid`` for a statement that may not be
    kept. ``save_cursor`` is given a JSON object after each page that was accepted; ``load_cursor`` returns
    the last one, or None.
    """

    def __call__(
        self,
        settings: Settings,
        *,
        accept: Callable[[list[dict[str, Any]]], int],
        load_cursor: Callable[[], Mapping[str, Any] | None],
        save_cursor: Callable[[Mapping[str, Any]], None],
        now: datetime,
    ) -> Pulled: ...


class Forwarder(Protocol):
    """Tells another system of transitions, once each; ``sent`` is given each id as it is taken over."""

    def __call__(
        self, settings: Settings, transitions: Iterable[Transition], *, sent: Callable[[str], None]
    ) -> Forwarded: ...


class Sample(Protocol):
    """Statements as a platform sends them. ``courses`` maps requirement slugs to (activity id, title)."""

    def __call__(
        self,
        *,
        home_page: str,
        name: str,
        courses: Mapping[str, tuple[str, str]],
        now: datetime,
        generation: str = "",
    ) -> list[dict[str, Any]]: ...


class Plugins:
    """What the loaded plug-ins contributed. Names are unique; a second use of one is an error."""

    def __init__(self) -> None:
        self._recognisers: list[tuple[Rank, Recogniser]] = []
        self._course_types: set[str] = set()
        self._other_types: set[str] = set()
        self.deliveries: dict[str, DeliveryFactory] = {}
        self.pullers: dict[str, Puller] = {}
        self.forwarders: dict[str, Forwarder] = {}
        self.samples: dict[str, Sample] = {}

    def add_recogniser(self, recogniser: Recogniser, rank: Rank = Rank.PLATFORM) -> None:
        """Contribute a recogniser of what statements mean."""
        if any(one.name == recogniser.name for _, one in self._recognisers):
            raise ValueError(f"there is already a recogniser named {recogniser.name}")
        self._recognisers.append((rank, recogniser))

    def add_course_types(self, types: Iterable[str]) -> None:
        """Contribute ids of activity types that are courses."""
        self._course_types.update(types)

    def add_other_types(self, types: Iterable[str]) -> None:
        """Contribute ids of activity types that are not courses; one that any plug-in calls a course is one."""
        self._other_types.update(types)

    def add_delivery(self, name: str, factory: DeliveryFactory) -> None:
        """Contribute a way to deliver notices; the factory checks its settings at the start."""
        _add(self.deliveries, "delivery", name, factory)

    def add_puller(self, name: str, puller: Puller) -> None:
        """Contribute a way to bring in statements from a system that cannot push."""
        _add(self.pullers, "puller", name, puller)

    def add_forwarder(self, name: str, forwarder: Forwarder) -> None:
        """Contribute a way to tell another system of passport transitions."""
        _add(self.forwarders, "forwarder", name, forwarder)

    def add_sample(self, name: str, function: Sample) -> None:
        """Contribute sample statements for `passport sample NAME`."""
        _add(self.samples, "sample", name, function)

    @cached_property
    def recognisers(self) -> Recognisers:
        """All recognisers, most specific first, then in the order they were added; final once read."""
        ordered = sorted(self._recognisers, key=lambda entry: entry[0])
        return Recognisers((one for _, one in ordered), self._course_types, self._other_types)


def load(dotted_names: Sequence[str], *, installed: bool = True) -> Plugins:
    """Import the named plug-ins, then (unless ``installed`` is False) third parties', and let them register.

    Raises PluginFailed that names the plug-in. A plug-in named twice is loaded once.
    """
    plugins = Plugins()
    names = [name for given in dotted_names for name in _expanded(given)]
    if installed:
        names += [entry.module for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name)]
    for name in dict.fromkeys(names):
        _register(name, plugins)
    return plugins


def _expanded(name: str) -> list[str]:
    if not name.endswith(".*"):
        return [name]
    package = name.removesuffix(".*")
    try:
        paths = import_module(package).__path__
    except Exception as fault:
        raise PluginFailed(f"The plug-ins {name} cannot be found: {fault}") from fault
    return sorted(f"{package}.{found.name}" for found in iter_modules(paths))


def _register(name: str, plugins: Plugins) -> None:
    """Any error in a plug-in is told with its name: whoever reads the message chose it, and did not write it."""
    try:
        register = import_module(name).register
    except AttributeError as fault:
        raise PluginFailed(f"The plug-in {name} has no register(plugins): {fault}") from fault
    except Exception as fault:
        raise PluginFailed(f"The plug-in {name} cannot be imported: {fault!r}") from fault
    try:
        register(plugins)
    except Exception as fault:
        raise PluginFailed(f"The plug-in {name} did not register: {fault}") from fault


def _add(table: dict[str, Any], what: str, name: str, thing: Any) -> None:
    if name in table:
        raise ValueError(f"there is already a {what} named {name}")
    table[name] = thing
