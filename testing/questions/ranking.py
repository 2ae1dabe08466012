"""What it costs that nobody tests a question: volume × failure × handover. A pure function."""

FAILED_WEIGHT = 3
HANDED_OVER_WEIGHT = 3


def rank_of(volume: int, failures: int, handovers: int) -> float:
    """The conversations a week, weighed by how badly they went.

    A question that the AI resolved every time, without a person, counts a sixteenth of one that it
    never resolved and a person always had to answer: each of the two shares raises the weight from
    1/4 to 1. So clusters nobody failed are ordered by volume, below equally large ones that failed.
    """
    if not volume:
        return 0.0
    failed = (1 + FAILED_WEIGHT * failures / volume) / (1 + FAILED_WEIGHT)
    handed_over = (1 + HANDED_OVER_WEIGHT * handovers / volume) / (1 + HANDED_OVER_WEIGHT)
    return volume * failed * handed_over
