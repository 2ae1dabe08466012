"""What cannot be done as asked, with a sentence that says why."""


class Refused(Exception):
    """The case, run or cluster is not in a state in which this can be done; nothing was changed."""
