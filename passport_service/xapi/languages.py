"""Which of several languages a reader wants (RFC 2616 §14.4, applied to each language map: Communication 2.1.3)."""

from collections.abc import Sequence

# One of the two is always shown, so that a map is never empty: a language nobody spoke of rather than a refused one.
UNASKED, REFUSED = 0.0, -1.0
NEARLY = 0.0001


def best_language(offered: Sequence[str], accepted: str | None) -> str | None:
    """The tag among ``offered`` that fits an ``Accept-Language`` header best; the first when none fits or none is asked."""
    wanted = preferences(accepted or "")
    return max(offered, key=lambda tag: quality(tag, wanted), default=None)


def preferences(header: str) -> list[tuple[str, float]]:
    """Ranges of a header with their weights; what cannot be read is left out."""
    found = []
    for part in header.split(","):
        name, _, parameter = part.strip().partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if name:
            found.append((name.strip().lower(), weight))
    return found


def quality(tag: str, wanted: Sequence[tuple[str, float]]) -> float:
    """The weight of the longest range that a tag falls under.

    A tag that is wider than what is asked for (``en`` for ``en-GB``) comes after all that fall under a range, as RFC 4647
    §3.4 looks for it, and before all that nobody spoke of.
    """
    lowered = tag.lower()
    fitting = [
        (len(name), weight) for name, weight in wanted if lowered == name or lowered.startswith(name + "-")
    ]
    if fitting:
        return max(fitting)[1] or REFUSED
    wider = max((weight for name, weight in wanted if name.startswith(lowered + "-")), default=UNASKED)
    anything = max((weight for name, weight in wanted if name == "*"), default=UNASKED)
    return anything or wider * NEARLY
