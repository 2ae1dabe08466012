"""Refusals of the domain as problems that a REST client can act on."""

from collections.abc import Iterator
from contextlib import contextmanager

from accounts.problems import Problem
from context.refusals import (
    BadLabel,
    CannotMerge,
    CannotTakeBack,
    ChecksMissing,
    EditConflict,
    EmptyPrompt,
    NoEarlierRelease,
    NoRollout,
    NoSuchParent,
    NothingLive,
    OverrideRefused,
    ParentNotNewest,
    Refused,
    RolloutOpen,
    SameContent,
    ShareNotRaised,
    UnknownOwner,
    UnknownVariables,
    WrongStatus,
)
from llm.calls import (
    BudgetExhausted,
    ModelError,
    ModelUnavailable,
    RequestRefused,
    UnknownPrice,
    UnparsableAnswer,
)

CODES: dict[type[Refused], tuple[int, str]] = {
    WrongStatus: (409, "wrong_status"),
    ChecksMissing: (409, "checks_missing"),
    OverrideRefused: (403, "admin_needed"),
    SameContent: (409, "same_content"),
    EmptyPrompt: (409, "empty_prompt"),
    EditConflict: (409, "edit_conflict"),
    BadLabel: (422, "bad_label"),
    ParentNotNewest: (409, "parent_is_not_newest"),
    NoSuchParent: (422, "no_such_parent"),
    UnknownVariables: (409, "unknown_variables"),
    UnknownOwner: (422, "unknown_owner"),
    NoEarlierRelease: (409, "no_earlier_release"),
    NothingLive: (409, "no_live_release"),
    RolloutOpen: (409, "rollout_open"),
    NoRollout: (409, "no_rollout"),
    CannotMerge: (409, "cannot_merge"),
    CannotTakeBack: (409, "cannot_take_back"),
    ShareNotRaised: (409, "share_not_raised"),
}
MODEL_CODES: dict[type[ModelError], tuple[int, str]] = {
    ModelUnavailable: (503, "model_unavailable"),
    UnparsableAnswer: (502, "unparsable_answer"),
    RequestRefused: (502, "model_refused"),
    BudgetExhausted: (409, "over_budget"),
    UnknownPrice: (409, "unknown_price"),
}


@contextmanager
def refusals() -> Iterator[None]:
    """Make a refusal a problem with its own code; ChecksMissing names what is missing."""
    try:
        yield
    except ChecksMissing as refused:
        faults = [{"field": name, "message": state} for name, state in refused.missing.items()]
        status, code = CODES[ChecksMissing]
        raise Problem(status, code, str(refused), faults, missing=list(refused.missing)) from None
    except ParentNotNewest as refused:
        status, code = CODES[ParentNotNewest]
        raise Problem(status, code, str(refused), newest=refused.newest) from None
    except Refused as refused:
        status, code = CODES[type(refused)]
        raise Problem(status, code, str(refused)) from None


@contextmanager
def model_errors() -> Iterator[None]:
    """Make a model's failure a problem that says whose it is: never ours, never an answer."""
    try:
        yield
    except ModelError as error:
        status, code = MODEL_CODES[type(error)]
        problem = Problem(status, code, str(error))
        if isinstance(error, ModelUnavailable):
            problem.wait = error.retry_after or 10  # type: ignore[attr-defined]
        raise problem from None
