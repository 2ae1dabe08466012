"""Every function agrees with worked examples computed by independent libraries."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from stats.agreement import cohen_kappa, gwet_ac1, weighted_confusion
from stats.dispersion import daily_overdispersion
from stats.impact import release_regression, weekly_change_placebo
from stats.intervals import (
    Interval,
    Moments,
    mover_difference,
    newcombe_diff,
    welch_diff,
    wilson_interval,
)
from stats.krippendorff import krippendorff_alpha
from stats.matched import mcnemar_exact, tango_difference
from stats.multiple import benjamini_hochberg, holm
from stats.nowcast import rogan_gladen
from stats.paired import (
    paired_cases_guarded,
    paired_cases_t,
    pass_hat_k_interval,
)
from stats.planning import (
    VarianceComponents,
    cases_needed_paired,
    mde_paired_cases,
    mde_two_proportions,
)
from stats.sampling import allocate_greedy, round_allocation
from stats.savings import reviews_saved
from stats.spending import obf_spending
from stats.standardised import Cell, direct_standardisation
from stats.strata import (
    Stratum,
    pool_strata,
    split_beta_interval,
    stratified_proportion,
    stratified_score_interval,
    verdict_strata_interval,
)

Inputs = Mapping[str, Any]
VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text())


def fields(interval: Interval) -> dict[str, Any]:
    """An interval under all the names the vectors use."""
    return {
        **{name: interval.estimate for name in ("estimate", "diff", "effect", "kappa", "ac1")},
        **{name: getattr(interval, name) for name in ("low", "high", "se", "df", "t", "p")},
    }


def strata(given: Inputs) -> list[Stratum]:
    """The N_h, n_h, x_h of a vector as strata."""
    return [Stratum(*row) for row in zip(given["N_h"], given["n_h"], given["x_h"], strict=True)]


def proportion(given: Inputs) -> dict[str, Any]:
    """stratified_proportion under the vectors' names."""
    return stratified_proportion(strata(given))._asdict()


def split_beta(given: Inputs) -> dict[str, Any]:
    """split_beta_interval, with a census stratum where the vector has one."""
    size, failed = given.get("census_N", 0), given.get("census_x", 0)
    census = [Stratum(size, size, failed)] if size else []
    return fields(split_beta_interval(strata(given), given["prior_each_side"], census))


def verdict_strata(given: Inputs) -> dict[str, Any]:
    """verdict_strata_interval and the two merged strata it rests on."""
    split = given["first_fail_stratum"]
    ok, fail = strata(given)[:split], strata(given)[split:]
    merged = {"p_ok": pool_strata(ok).rate, "p_fail": pool_strata(fail).rate}
    sizes = {"n_eff_ok": pool_strata(ok).n, "n_eff_fail": pool_strata(fail).n}
    return {**fields(verdict_strata_interval(ok, fail)), **merged, **sizes}


def score(given: Inputs) -> dict[str, Any]:
    """stratified_score_interval, with shares as sizes."""
    shares = zip(given["W"], given["n"], given["x"], strict=True)
    return fields(stratified_score_interval([Stratum(*share) for share in shares]))


def window(values: list[float]) -> Interval:
    """A window's figure from estimate, low, high."""
    estimate, low, high = values
    return Interval(estimate, low, high, 0, "given")


def mover(given: Inputs) -> dict[str, Any]:
    """mover_difference of two windows given as estimate, low, high."""
    before, after = (window(given[name]) for name in ("before", "after"))
    return fields(mover_difference(before, after))


def corrected(given: Inputs) -> dict[str, Any]:
    """rogan_gladen."""
    rates = (given["apparent"], given["sensitivity"], given["specificity"])
    return {"estimate": rogan_gladen(*rates)}


def saved(given: Inputs) -> dict[str, Any]:
    """reviews_saved."""
    return reviews_saved(given["rate"], given["mean_width"], given["n_used"])._asdict()


def pooled_days(given: Inputs) -> dict[str, Any]:
    """pool_strata over days."""
    days = zip(given["N_d"], given["n_d"], given["x_d"], strict=True)
    pooled = pool_strata([Stratum(*day) for day in days])
    return {"p": pooled.rate, "n_eff": pooled.n, "x_eff": pooled.x}


def greedy(given: Inputs) -> dict[str, Any]:
    """allocate_greedy with the vector's minimum as floors."""
    floors = [given["min_per_stratum"]] * len(given["W"])
    return {"n": allocate_greedy(given["W"], given["p"], given["budget"], floors)}


def rounded(given: Inputs) -> dict[str, Any]:
    """round_allocation."""
    minimum = given["min_per_stratum"]
    return {"n": round_allocation(given["target"], given["caps"], given["budget"], minimum)}


def paired(compare: Callable[..., Interval]) -> Callable[[Inputs], dict[str, Any]]:
    """A paired comparison of two runs, with what the guard did."""

    def run(given: Inputs) -> dict[str, Any]:
        baseline, candidate = given["passes_baseline"], given["passes_candidate"]
        result = compare(baseline, candidate, given["k"])
        moved = sum(a != b for a, b in zip(baseline, candidate, strict=True))
        guarded = {"nonzero_cases": moved, "guard_used": result.method == "paired t, guarded"}
        return {**fields(result), **guarded}

    return run


def tango(given: Inputs) -> dict[str, Any]:
    """tango_difference."""
    return fields(tango_difference(given["b"], given["c"], given["n"]))


def adjusted(given: Inputs) -> dict[str, Any]:
    """holm and benjamini_hochberg, and what they reject."""
    found = {"holm": holm(given["p"]), "fdr_bh": benjamini_hochberg(given["p"])}
    parts = {}
    for name, values in found.items():
        parts[f"{name}.adjusted"] = values
        parts[f"{name}.reject"] = [p <= given["alpha"] for p in values]
    return parts


def standardised(given: Inputs) -> dict[str, Any]:
    """direct_standardisation of two windows, given as counts by segment."""
    before, after = (
        [Cell(*cell) for cell in zip(given[name]["n"], given[name]["x"], strict=True)]
        for name in ("before", "after")
    )
    found = direct_standardisation(before, after)
    assert found.mix == pytest.approx(found.raw - (found.after - found.before))
    levels = {"raw_diff": found.raw, "std_before": found.before, "std_after": found.after}
    interval = fields(found.interval)
    return {**interval, **levels, "std_diff": interval["diff"], "weights": found.weights}


def spent(given: Inputs) -> dict[str, Any]:
    """obf_spending at each look."""
    return {"cumulative_alpha": [obf_spending(t, given["alpha"]) for t in given["information"]]}


def dispersed(given: Inputs) -> dict[str, Any]:
    """daily_overdispersion."""
    found = daily_overdispersion(given["x"], given["n"])
    assert found is not None
    return found._asdict()


def pass_hat_all_k(given: Inputs) -> dict[str, Any]:
    """pass^k for each k."""
    trials = given["trials"]
    found = {k: pass_hat_k_interval(given["passes"], trials, k) for k in range(1, trials + 1)}
    return {f"pass^{k}": chance.estimate for k, chance in found.items()}


def detectable(given: Inputs) -> dict[str, Any]:
    """mde_paired_cases."""
    return {"mde_t": mde_paired_cases(given["sd_diff"], given["n_cases"])}


def needed(given: Inputs) -> dict[str, Any]:
    """cases_needed_paired."""
    parts = VarianceComponents(given["omega2"], given["sigma2_a"], given["sigma2_b"])
    return {"n": cases_needed_paired(parts, given["k_a"], given["k_b"], given["delta"])}


def regression(given: Inputs) -> dict[str, Any]:
    """release_regression; rho follows from how far it lowered the 27 degrees of freedom."""
    days, release_day = given["daily_rate"], given["release_day"]
    result = release_regression(days, release_day, given["trend"]).interval
    assert result.df is not None
    return {**fields(result), "rho": (27 - result.df) / (27 + result.df)}


def confusion(given: Inputs) -> dict[str, Any]:
    """weighted_confusion, and what leaving the weights out would claim."""
    fail, ok = (
        Stratum(side["N"], side["n"], side["human_fail"])
        for side in (given["judge_fail"], given["judge_ok"])
    )
    table = weighted_confusion([fail], [ok])
    return {
        "sensitivity": table.tp / (table.tp + table.fn),
        "specificity": table.tn / (table.tn + table.fp),
        "kappa": table.kappa,
        "unweighted_sensitivity": fail.x / (fail.x + ok.x),
    }


FUNCTIONS: dict[str, Callable[[Inputs], dict[str, Any]]] = {
    "wilson_interval": lambda v: fields(wilson_interval(v["x"], v["n"])),
    "newcombe_diff": lambda v: fields(newcombe_diff(v["x1"], v["n1"], v["x2"], v["n2"])),
    "welch_diff": lambda v: fields(welch_diff(Moments.of(v["a"]), Moments.of(v["b"]))),
    "stratified_proportion": proportion,
    "split_beta_interval": split_beta,
    "split_beta_interval_with_census": split_beta,
    "verdict_strata_interval": verdict_strata,
    "stratified_score_interval": score,
    "mover_difference": mover,
    "reviews_saved": saved,
    "rogan_gladen": corrected,
    "pool_days_stratum": pooled_days,
    "allocate_greedy": greedy,
    "round_allocation": rounded,
    "paired_cases_t": paired(paired_cases_t),
    "paired_cases_guarded": paired(paired_cases_guarded),
    "tango_paired_diff": tango,
    "multiple_testing": adjusted,
    "direct_standardisation": standardised,
    "obf_spending": spent,
    "daily_overdispersion": dispersed,
    "mde_two_proportions": lambda v: {"mde": mde_two_proportions(v["p"], v["n_per_arm"])},
    "mcnemar_exact": lambda v: mcnemar_exact(v["b"], v["c"])._asdict(),
    "pass_hat_k": pass_hat_all_k,
    "pass_hat_k_interval": lambda v: fields(pass_hat_k_interval(v["passes"], v["trials"], v["k"])),
    "mde_paired_cases": detectable,
    "cases_needed_paired": needed,
    "release_regression": regression,
    "weekly_change_placebo": lambda v: fields(weekly_change_placebo(v["weekly_rate"])),
    "weighted_confusion": confusion,
    "cohen_kappa": lambda v: fields(cohen_kappa(v["table"])),
    "gwet_ac1": lambda v: fields(gwet_ac1(v["table"])),
    "krippendorff_alpha": lambda v: {"alpha": krippendorff_alpha(v["ratings"], v["level"])},
}
OTHER_FORMS = {"neyman_real", "mde_z"}  # the large-sample forms, given only for comparison


def flat(expected: dict[str, Any]) -> dict[str, Any]:
    """Values within values under joined names: `holm.adjusted`."""
    found: dict[str, Any] = {}
    for name, value in expected.items():
        inner = value.items() if isinstance(value, dict) else [("", value)]
        found |= {f"{name}.{part}" if part else name: one for part, one in inner}
    return found


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["id"] for vector in VECTORS])
def test_a_function_gives_the_published_value(vector: Inputs) -> None:
    result = FUNCTIONS[vector["fn"]](vector["inputs"])
    expected = {name: v for name, v in vector["expected"].items() if name not in OTHER_FORMS}
    assert expected
    for name, value in flat(expected).items():
        assert result[name] == pytest.approx(value, rel=vector["tol"], abs=vector["tol"]), name


def test_every_vector_has_a_function_and_every_function_a_vector() -> None:
    assert {vector["fn"] for vector in VECTORS} == set(FUNCTIONS)
