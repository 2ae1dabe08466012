"""Whether impacts recover a known truth: coverage, false alarms, power; exits 1 below a promise.

Daily counts are drawn and measured by the shipped functions (`context.impacts.findings.find`,
`context.rollouts.arms.difference`, `context.rollouts.looks.looks_at`), beside a plain comparison of
conversations before and after; a few releases go through real rows in a database of their own.
docs/impact.md explains it.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from bench.impacts.real import measured, prepare
from bench.impacts.splits import split
from bench.impacts.trials import Rate, Tally, measure
from bench.impacts.worlds import World, worlds

HEAD = (
    "| World | False alarms | Covers | ± | Power at +2, +5, +10 points (CSAT +.1, +.25, +.5) "
    "| Plain: false alarms | Plain: covers |"
)
RULE = "|---|---|---|---|---|---|---|"
EFFECTS, CSAT_EFFECTS = (0.02, 0.05, 0.10), (0.1, 0.25, 0.5)
MARGIN_OF_LUCK = 3  # Monte-Carlo standard errors within which a promise is not called broken
SEED = 20_261_128
REAL = ((0.0, False), (0.0, True), (0.02, False), (0.05, False), (0.05, True), (0.10, False))


@dataclass(frozen=True)
class Promise:
    """One promise, what was measured in its worst place, and whether it is kept."""

    says: str
    measured: str
    kept: bool


def main() -> int:
    """Measure, print, and say whether every promise is kept."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--reps", type=int, default=2000, help="releases a world without effect")
    asked.add_argument("--seed", type=int, default=SEED)
    given = asked.parse_args(sys.argv[1:])
    began = time.perf_counter()
    promises = [
        *of_worlds(given.reps, given.seed),
        *of_splits(max(given.reps, 4000), given.seed),
        of_real_rows(given.seed),
    ]
    print("\n| Promise | Measured | Kept |\n|---|---|---|")
    for one in promises:
        print(f"| {one.says} | {one.measured} | {'yes' if one.kept else '**NO**'} |")
    print(f"\n{time.perf_counter() - began:.0f} s")
    return 0 if all(one.kept for one in promises) else 1


def of_worlds(reps: int, seed: int) -> Iterator[Promise]:
    """The table of worlds, and what it says of false alarms and coverage where r <= .3."""
    print(f"{HEAD}\n{RULE}")
    found = {world: tell(world, reps, seed + place) for place, world in enumerate(worlds())}
    usual = {world: one for world, one in found.items() if world.r <= 0.3}
    mixed = {world: one for world, one in usual.items() if world.mix_shift}
    for says, among, most in (
        ("at most 7 % false alarms, day noise 0–2 points, r ≤ .3", usual, 0.07),
        ("at most 6 % false alarms after a shift of the mix", mixed, 0.06),
    ):
        world, worst = max(among.items(), key=lambda pair: pair[1].claims.share)
        yield Promise(says, f"{worst.claims} in “{world.name}”", at_most(worst.claims, most))
    world, worst = min(usual.items(), key=lambda pair: pair[1].covers.share)
    kept = worst.covers.share + MARGIN_OF_LUCK * worst.covers.doubt >= 0.93
    yield Promise("at least 93 % coverage, r ≤ .3", f"{worst.covers} in “{world.name}”", kept)


def tell(world: World, reps: int, seed: int) -> Tally:
    """Measure one world without and with effects, and print its line."""
    ours, plain = measure(world, 0.0, reps, seed)
    effects = CSAT_EFFECTS if world.csat else EFFECTS
    powers = [measure(world, effect, reps // 10, seed)[0] for effect in effects]
    for one in powers:
        ours.covers = Rate(ours.covers.hits + one.covers.hits, ours.covers.of + one.covers.of)
    scale, unit = (1, "") if world.csat else (100, " pt")
    told = ", ".join(f"{100 * one.claims.share:.0f}" for one in powers)
    print(
        f"| {world.name} | {ours.claims} | {ours.covers} | {scale * ours.width:.2f}{unit} "
        f"| {told} % | {plain.claims} | {plain.covers} |",
        flush=True,
    )
    return ours


def of_splits(reps: int, seed: int) -> Iterator[Promise]:
    """False alarms and power where traffic was split, with one look and with fourteen."""
    none, some = split(0.0, reps, seed), split(0.02, reps // 4, seed)
    print(
        "\n| Split in halves, 2,000 a day, 14 days | False alarms | Found, +2 points handed over |"
        "\n|---|---|---|"
    )
    names = {
        "one": "one look at the end, at one figure",
        "looks": "the product's daily looks at three guardrails, either side",
        "stopped": "the same: stopped, which only harm does",
        "fixed": "a look every day at 5 %, at one figure (nothing in the product does this)",
    }
    for key, name in names.items():
        print(f"| {name} | {none[key]} | {some[key]} |")
    one, looks, stopped = (none[key] for key in ("one", "looks", "stopped"))
    luck = MARGIN_OF_LUCK * one.doubt
    within = 0.04 - luck <= one.share <= 0.06 + luck
    yield Promise("4–6 % false alarms where traffic was split", str(one), within)
    says = "at most 5.5 % false alarms over 14 daily looks"
    yield Promise(says, str(looks), at_most(looks, 0.055))
    says = "at most 2.5 % of harmless releases stopped by a look"
    yield Promise(says, str(stopped), at_most(stopped, 0.025))


def at_most(rate: Rate, limit: float) -> bool:
    """Whether a rate is not above its limit, but for the luck of the draw."""
    return rate.share - MARGIN_OF_LUCK * rate.doubt <= limit


def of_real_rows(seed: int) -> Promise:
    """A few releases through conversations, daily counts and `measure_impacts`."""
    prepare()
    print("\n| Real rows, 400 a day | Truth | Found | Verdict |\n|---|---|---|---|")
    held = 0
    for place, (effect, mix_shift) in enumerate(REAL):
        row = measured(effect, mix_shift, seed + place)
        assert row.low is not None and row.high is not None
        held += row.low <= effect <= row.high
        name = "with a shift of the mix" if mix_shift else "same mix"
        print(f"| {name} | {100 * effect:+.0f} points | {row.change} | {row.verdict} |", flush=True)
    return Promise("real rows: intervals that hold the truth", f"{held} of {len(REAL)}", held >= 5)


if __name__ == "__main__":
    sys.exit(main())
