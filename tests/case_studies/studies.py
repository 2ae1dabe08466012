"""What the two case studies say of each week, and what had to be assumed to make counts of it."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Week:
    """Conversations of a week by signal, and the sum of its scores.

    Shares are counts among the study's conversations a week: 112 of 400 are 28 %.
    """

    answered: int
    snoozed: int
    handed_over: int
    stars: int
    closed: int = 0
    ignored: int = 0


@dataclass(frozen=True)
class Study:
    """A case study: its weeks from a Monday on."""

    name: str
    monday: date
    conversations: int
    scored: int
    weeks: tuple[Week, ...]


# A supplements brand, six weeks. Published: AI answered 28 % in the first and 37 % in the last
# week, 30 % on 18 August and 33 % on 1 September; snooze 6 % and 15 %; handover 16 % and 20 %;
# close and ignore about 0; CSAT 4.87, a low of 4.07 while the scope widened, 4.70.
# Assumed: the year, 400 conversations and 100 scores a week, and every value in between.
SUPPLEMENTS = Study(
    name="supplements",
    monday=date(2025, 8, 4),
    conversations=400,
    scored=100,
    weeks=(
        Week(answered=112, snoozed=24, handed_over=64, stars=487),
        Week(answered=116, snoozed=28, handed_over=68, stars=452),
        Week(answered=120, snoozed=32, handed_over=72, stars=407),
        Week(answered=124, snoozed=44, handed_over=72, stars=431),
        Week(answered=132, snoozed=52, handed_over=76, stars=455),
        Week(answered=148, snoozed=60, handed_over=80, stars=470),
    ),
)

# A premium outerwear brand. Published: AI answered from 37 % to 66 % of inbound messages; CSAT
# 4.65 overall, every average between 4.6 and 4.7; handover up to 72.3 %, down to 65.5 %, then up.
# Assumed: the dates, eight weeks, 1,000 conversations and 200 scores a week, every value in
# between, and that no snooze was counted.
OUTERWEAR = Study(
    name="outerwear",
    monday=date(2025, 8, 4),
    conversations=1000,
    scored=200,
    weeks=(
        Week(answered=370, snoozed=0, handed_over=690, stars=930),
        Week(answered=420, snoozed=0, handed_over=723, stars=922),
        Week(answered=460, snoozed=0, handed_over=705, stars=920),
        Week(answered=500, snoozed=0, handed_over=690, stars=929),
        Week(answered=540, snoozed=0, handed_over=672, stars=940),
        Week(answered=580, snoozed=0, handed_over=655, stars=935),
        Week(answered=620, snoozed=0, handed_over=664, stars=932),
        Week(answered=660, snoozed=0, handed_over=671, stars=932),
    ),
)

STUDIES = {study.name: study for study in (SUPPLEMENTS, OUTERWEAR)}
