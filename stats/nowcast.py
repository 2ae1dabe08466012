"""Today's failure rate from the judge alone, as long as the judge errs as it did."""

from math import sqrt

from stats.intervals import Interval, wilson_interval
from stats.quantiles import normal_quantile

LEAST_SHARPNESS = 0.2  # of sensitivity + specificity - 1: below, the judge tells too little apart


def rogan_gladen(apparent: float, sensitivity: float, specificity: float) -> float:
    """(q + sp - 1) / (se + sp - 1) for the judge's failure rate q, kept within [0, 1].

    Rogan & Gladen 1978. ZeroDivisionError for a judge that tells nothing apart.
    """
    rate = (apparent + specificity - 1) / (sensitivity + specificity - 1)
    return min(1.0, max(0.0, rate))


def label_shift(
    judge_failed: int,
    judged: int,
    sensitivity: Interval,
    specificity: Interval,
    alpha: float = 0.05,
) -> Interval:
    """Today's failure rate from the judge's own count, given how it erred over past weeks.

    Holds while the judge errs alike on failures and on the rest, whatever their number: wrong
    when the judge itself changed. The variance is the delta method's over q, se and sp, whose
    errors are read off their intervals: Lang & Reiczigel 2014 in its plain form. Refused when an
    input is, or when se + sp - 1 is below `LEAST_SHARPNESS`.
    """
    method = "label shift"
    if not judged:
        return Interval.refused("the judge has reviewed nothing yet", 0, method)
    for name, one in (("sensitivity", sensitivity), ("specificity", specificity)):
        if one.is_refused:
            return Interval.refused(f"{name}: {one.reason}", judged, method)
    (se, *se_limits), (sp, *sp_limits) = sensitivity.limits, specificity.limits
    sharpness = se + sp - 1
    if sharpness < LEAST_SHARPNESS:
        reason = f"the judge tells failures apart too little (se + sp - 1 is {sharpness:.2f})"
        return Interval.refused(reason, judged, method)
    apparent = wilson_interval(judge_failed, judged, alpha)
    q, *q_limits = apparent.limits
    raw = (q + sp - 1) / sharpness
    z = normal_quantile(1 - alpha / 2)
    spreads = [(high - low) / (2 * z) for low, high in (q_limits, se_limits, sp_limits)]
    slopes = (1.0, -raw, 1 - raw)
    error = sqrt(sum((a * b) ** 2 for a, b in zip(slopes, spreads, strict=True))) / sharpness
    low, high = max(0.0, min(1.0, raw - z * error)), max(0.0, min(1.0, raw + z * error))
    return Interval(rogan_gladen(q, se, sp), low, high, judged, method)
