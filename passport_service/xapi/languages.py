"""Which of several languages a reader wants (RFC 2616 §14.4, applied to each language map: Communication 2.1.3)."""

from collections.abc import Sequence


def best_language(offered: Sequence[str], accepted: str | None) -> str | None:
    """The tag among ``offered`` that fits an ``Accept-Language`` header best; the first when none fits or none is asked."""
    if not offered:
        return None
    wanted = preferences(accepted or "")
    ranked = max(offered, key=lambda tag: quality(tag, wanted))
    return ranked if quality(ranked, wanted) > 0 else offered[0]


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
    """The weight of the longest range that a tag falls under; 0 when none does."""
    lowered = tag.lower()
    fitting = [
        (len(name), weight) for name, weight in wanted if lowered == name or lowered.startswith(name + "-")
    ]
    if fitting:
        return max(fitting)[1]
    return max((weight for name, weight in wanted if name == "*"), default=0.0)
