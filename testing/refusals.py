"""What cannot be done as asked, with a sentence that says why."""


class Refused(Exception):
    """The case, run or cluster is not in a state in which this can be done; nothing was changed."""


class RunUnderWay(Refused):
    """The very run that is to be started is under way; `run_id` says which."""

    def __init__(self, run_id: int) -> None:
        super().__init__(f"Run {run_id} asks the same of the same releases and is under way.")
        self.run_id = run_id
