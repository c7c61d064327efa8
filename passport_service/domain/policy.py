"""The versions of a council's policy, and which of them governs a moment (R0.9, D.1)."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from passport_service.domain.errors import Refused
from passport_service.domain.parameters import PARAMETERS, PRESETS, Parameter


@dataclass(frozen=True)
class Policy:
    """One version: a complete set of settings, in force from ``effective_from`` until the next one is.

    ``policy["streak.length"]`` reads a setting; a name that is no setting is a KeyError.
    """

    version: int
    effective_from: datetime
    settings: Mapping[str, Any]
    author: str
    approver: str
    note: str = ""

    def __getitem__(self, name: str) -> Any:
        return self.settings[name]


class Policies:
    """Every version known, in the order in which they come into force; never changed once made.

    Before the first is published there is none, and whatever asks for one raises LookupError.
    """

    def __init__(self, versions: Iterable[Policy]) -> None:
        self._ordered = tuple(sorted(versions, key=lambda policy: (policy.effective_from, policy.version)))
        self._starts = [policy.effective_from for policy in self._ordered]
        self._kinder: dict[tuple[int, int], Policy] = {}

    def __iter__(self) -> Iterator[Policy]:
        return iter(self._ordered)

    def __len__(self) -> int:
        return len(self._ordered)

    @property
    def latest(self) -> Policy:
        """The version with the highest number, in force or still to come."""
        if not self._ordered:
            raise LookupError("no policy is known")
        return max(self._ordered, key=lambda policy: policy.version)

    def at(self, instant: datetime) -> Policy:
        """The version in force at ``instant``; before all the first; of two from one moment the later."""
        if not self._ordered:
            raise LookupError("no policy is known")
        return self._ordered[max(bisect_right(self._starts, instant) - 1, 0)]

    def between(self, after: datetime, until: datetime) -> tuple[Policy, ...]:
        """The versions that come into force after ``after`` and not later than ``until``."""
        return self._ordered[bisect_right(self._starts, after) : bisect_right(self._starts, until)]

    def next_change(self, after: datetime) -> datetime | None:
        """When the settings next change after ``after``, if that is known."""
        place = bisect_right(self._starts, after)
        return self._starts[place] if place < len(self._starts) else None

    def governing(self, work_at: datetime, now: datetime) -> Policy:
        """The settings for an automatic adverse decision at ``now`` on the work of ``work_at`` (R0.9).

        Those in force now, each made no stricter than it was when the work was done. For work known by its
        day alone give the start of that day.
        """
        then, current = self.at(work_at), self.at(now)
        key = (then.version, current.version)
        if key not in self._kinder:
            self._kinder[key] = lenient(then, current)
        return self._kinder[key]


def build(preset: str, overrides: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    """The complete settings of ``preset`` with ``overrides`` laid over. Raises as ``validate`` does."""
    if not isinstance(preset, str) or preset not in PRESETS:
        raise Refused("MALFORMED", "There is no such preset. They are: " + ", ".join(PRESETS) + ".", "policy")
    return laid_over(PRESETS[preset], overrides or {})


def laid_over(settings: Mapping[str, Any], overrides: Mapping[str, Any]) -> Mapping[str, Any]:
    """``settings`` with valid ``overrides`` laid over, checked as a whole. Raises Refused MALFORMED naming
    the setting.
    """
    joined = {**settings, **validate(overrides)}
    _check_order(joined, "timeliness.amber_from", "timeliness.target_wd")
    _check_order(joined, "caseload.guide", "caseload.ceiling")
    return MappingProxyType(joined)


def validate(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The overrides, each in its one form (``on`` as True, ``off`` or ``none`` as None, lists as tuples).

    Raises Refused MALFORMED with ``where`` = the name for an unknown name, a wrong type or a value out of
    range.
    """
    if not isinstance(overrides, Mapping):
        raise Refused("MALFORMED", "Settings are names with values.", "settings")
    return {name: _checked(name, value) for name, value in overrides.items()}


def read_setting(name: str, text: str) -> Any:
    """The value of the setting as typed into a form. Raises Refused MALFORMED."""
    parameter = _parameter(name)
    try:
        return parameter.kind.read(text)
    except ValueError:
        raise _wrong(parameter) from None


def shown(name: str, value: Any) -> str:
    """The value of the setting in words."""
    return PARAMETERS[name].kind.show(value)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """(name, before, after) of each setting that differs, in the table's order."""
    return [(name, before[name], after[name]) for name in PARAMETERS if before[name] != after[name]]


def publish(
    policies: Policies,
    overrides: Mapping[str, Any],
    *,
    effective_from: datetime,
    author: str,
    approver: str,
    note: str = "",
    now: datetime,
) -> Policy:
    """The next version: ``overrides`` laid over what will be in force at ``effective_from`` (R0.9).

    Raises Refused SAME_PERSON if author and approver are one, IN_THE_PAST if it would be back-dated (R0.3),
    MALFORMED.
    """
    if author == approver:
        raise Refused(
            "SAME_PERSON", "A policy needs the approval of another person than its author.", "approver"
        )
    if effective_from < now:
        raise Refused("IN_THE_PAST", "A policy cannot come into force in the past.", "effective_from")
    settings = laid_over(policies.at(effective_from).settings, overrides)
    return Policy(policies.latest.version + 1, effective_from, settings, author, approver, note)


def lenient(then: Policy, now: Policy) -> Policy:
    """The policy of ``now`` with every setting no stricter than it was ``then`` (R0.9)."""
    if then.settings == now.settings:
        return now
    settings = {name: _kinder(row, then[name], now[name]) for name, row in PARAMETERS.items()}
    return replace(now, settings=MappingProxyType(settings))


def policy_data(policy: Policy) -> dict[str, Any]:
    """The policy as plain JSON values, for the ledger; its moments as ISO 8601."""
    plain = {
        name: list(value) if isinstance(value, tuple) else value for name, value in policy.settings.items()
    }
    return {
        "version": policy.version,
        "effective_from": policy.effective_from.isoformat(),
        "settings": plain,
        "author": policy.author,
        "approver": policy.approver,
        "note": policy.note,
    }


def policy_from(data: Mapping[str, Any]) -> Policy:
    """The policy that ``policy_data`` wrote. Settings that did not exist then have the baseline's value."""
    return Policy(
        version=data["version"],
        effective_from=datetime.fromisoformat(data["effective_from"]),
        settings=build("essex-baseline", data["settings"]),
        author=data["author"],
        approver=data["approver"],
        note=data.get("note", ""),
    )


def _parameter(name: Any) -> Parameter:
    if not isinstance(name, str) or name not in PARAMETERS:
        raise Refused("MALFORMED", "There is no setting of that name.", str(name)[:100])
    return PARAMETERS[name]


def _wrong(parameter: Parameter) -> Refused:
    return Refused("MALFORMED", f"{parameter.name} must be {parameter.kind.wanted}.", parameter.name)


def _checked(name: Any, value: Any) -> Any:
    parameter = _parameter(name)
    try:
        return parameter.kind.check(value)
    except ValueError:
        raise _wrong(parameter) from None


def _check_order(settings: Mapping[str, Any], lower: str, upper: str) -> None:
    if settings[lower] > settings[upper]:
        raise Refused("MALFORMED", f"{lower} must not be more than {upper}.", lower)


def _kinder(row: Parameter, then: Any, now: Any) -> Any:
    """Of two values of one setting the kinder to the practitioner; the present one where neither is."""
    if row.lenient is None or then == now:
        return now
    match row.lenient:
        case "higher":
            return None if None in (then, now) else max(then, now)
        case "lower":
            return None if None in (then, now) else min(then, now)
        case "on":
            return then or now
        case "off":
            return then and now
        case "more":
            return tuple(word for word in row.kind.choices if word in then or word in now)
        case "fewer":
            return tuple(word for word in row.kind.choices if word in then and word in now)
        case word:
            return word if word in (then, now) else now
