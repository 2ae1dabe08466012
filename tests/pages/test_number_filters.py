"""How numbers read."""

from decimal import Decimal

from agentops.templatetags.figures import figure
from conversations.figures import FigureValue
from stats import wording


def test_shares_and_their_differences_read_as_per_cent_and_points() -> None:
    assert wording.percent(0.374) == "37.4 %"
    assert wording.points(0.09) == "+9.0 points"
    assert wording.points(-0.0312) == "−3.1 points"
    assert wording.relative(0.32) == "+32 %"


def test_a_difference_that_rounds_to_nothing_has_no_sign() -> None:
    assert wording.points(-0.0001) == "0.0 points"
    assert wording.score_change(0.001) == "0.00"


def test_what_is_not_known_is_a_dash_not_a_zero() -> None:
    filters = [wording.percent, wording.points, wording.relative, wording.score, wording.dollars]
    assert [show(None) for show in filters] == ["–"] * 5
    assert wording.whole(None) == "–"


def test_money_below_a_cent_says_so() -> None:
    assert wording.dollars(Decimal("0.0004")) == "under $0.01"
    assert wording.dollars(Decimal(0)) == "$0.00"
    assert wording.dollars(Decimal("1234.5")) == "$1,234.50"


def test_a_figure_carries_its_interval_and_n() -> None:
    known = FigureValue(value=0.374, n=1412, low=0.35, high=0.4)
    text = figure(known, "share")
    assert "37.4 %" in text and "95 % interval 35.0 % to 40.0 %, n = 1,412" in text


def test_a_figure_without_an_interval_says_why() -> None:
    lone = FigureValue(value=4.0, n=1, low=None, high=None, reason="one value <only>")
    text = figure(lone, "score")
    assert "no interval: one value &lt;only&gt;, n = 1" in text
    assert figure(None, "share") == "–"


def test_kinds_are_written_in_their_own_way() -> None:
    assert [wording.shown(0.5, kind) for kind in ("share", "score", "money")] == [
        "50.0 %",
        "0.50",
        "$0.5000",
    ]
    assert wording.difference(-0.5, "share") == "−50.0 points"
    assert wording.difference(0.01, "money") == "+0.0100"


def test_values_on_the_way_are_whole_per_cents_where_all_of_them_are() -> None:
    assert wording.course([("", 0.28), ("", 0.37)], "share") == "28 % → 37 %"
    assert wording.course([("", 0.723), ("", 0.66)], "share") == "72.3 % → 66.0 %"
    assert wording.course([("", 4.87), ("low", 4.07), ("", 4.7)], "score") == (
        "4.87 → low 4.07 → 4.70"
    )
    assert wording.course([], "share") == ""
