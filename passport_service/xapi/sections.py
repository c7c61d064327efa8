"""Where a rule of xAPI 1.0.3 stands in 2.0 (IEEE 9274.1.1): the two say nearly the same in another order."""

# The longest beginning that fits counts. What 2.0 says in one place is not told apart any further.
SECTIONS = {
    "Data": "4.2",
    "Data 2.2": "4.2.1",
    "Data 2.3.2": "4.2.5",
    "Data 2.4.1": "4.2.4.2",
    "Data 2.4.2": "4.2.2.1",
    "Data 2.4.3": "4.2.2.2",
    "Data 2.4.4": "4.2.2.3",
    "Data 2.4.5": "4.2.2.4",
    "Data 2.4.6": "4.2.2.5",
    "Data 2.4.7": "4.2.4.2",
    "Data 2.4.8": "4.2.4.2",
    "Data 2.4.9": "4.2.4.2",
    "Data 2.4.10": "4.2.4.3",
    "Data 2.4.11": "4.2.2.6",
    "Data 2.6": "4.2.6",
    "Data 4": "4.2.7",
    "Communication": "4.1",
    "Communication 1.2": "4.1.1",
    "Communication 1.4": "4.1.2",
    "Communication 1.5": "4.1.3",
    "Communication 2.1": "4.1.6.1",
    "Communication 2.3": "4.1.6.2",
    "Communication 2.4": "4.1.6.3",
    "Communication 2.5": "4.1.6.4",
    "Communication 2.6": "4.1.6.5",
    "Communication 2.7": "4.1.6.6",
    "Communication 2.8": "4.1.6.7",
    "Communication 3.1": "4.1.4",
    "Communication 3.2": "4.1.5",
}


def section_of(rule: str) -> str:
    """The section of 2.0 for a rule like ``Data 2.4.2.1``; a rule that is none of 1.0.3's is given back as it is."""
    place = rule
    while place:
        if place in SECTIONS:
            return SECTIONS[place]
        place = place.rpartition("." if "." in place else " ")[0]
    return rule
