"""The weekly report's sentences: numbers in, words with their evidence out."""

from datetime import date

from agentops.report.content import (
    AlertLine,
    Ask,
    CostLine,
    Estimate,
    Idea,
    TeamLine,
    UsualRange,
    read,
    stored,
)
from agentops.report.figures import conversations
from agentops.report.sentences import differences, period, sections, standing
from tests.agentops.report.numbers import (
    make_data,
    make_effect,
    make_figure,
    make_release,
)


def texts(data: object, key: str) -> list[str]:
    """The sentences of one section."""
    parts = {part.key: part for part in sections(data)}  # type: ignore[arg-type]
    return [line.text for line in parts[key].lines]


def test_a_report_is_read_as_it_was_stored() -> None:
    data = make_data()
    assert read(stored(data)) == data


def test_a_figure_comes_with_its_doubt_its_change_and_its_range() -> None:
    assert texts(make_data(), "figures") == [
        "AI answered: 41.2 % (38.5 to 44.0 %), +2.1 points on the week before; "
        "within its usual 36.0 to 44.9 %."
    ]


def test_a_figure_out_of_its_range_is_told_in_short() -> None:
    data = make_data(figures=[make_figure(value=0.30)])
    assert texts(data, "summary")[1] == (
        "AI answered 30.0 %; AI answered is below its usual 36.0 to 44.9 %."
    )
    assert sections(data)[0].lines[1].mood == "bad"


def test_a_figure_that_still_ripens_is_not_judged() -> None:
    line = make_figure("ai_resolved", value=0.30, ripe=False)
    assert line.place == line.mood == ""
    assert (
        "judged against its usual 36.0 to 44.9 % when the week is final"
        in (texts(make_data(figures=[line]), "figures")[0])
    )


def test_a_figure_without_data_says_what_is_missing() -> None:
    unknown = Estimate(None, 3, reason="3 scores, at least 5 are needed")
    data = make_data(figures=[make_figure("csat", this=unknown, label="CSAT", kind="score")])
    assert texts(data, "figures") == ["CSAT: not known: 3 scores, at least 5 are needed."]


def test_a_figures_evidence_is_its_week_beside_the_week_before() -> None:
    line = next(part for part in sections(make_data()) if part.key == "figures").lines[0]
    assert line.path == "/acme/bot/performance/?from=2026-W46&to=2026-W47#change-ai_answered"
    assert conversations(make_data(), "csat") == (
        "/acme/bot/conversations/?from=2026-11-16&to=2026-11-22&csat=scored"
    )
    assert conversations(make_data(), "reopen") == ""


def test_an_effects_evidence_is_its_impact() -> None:
    did = next(part for part in sections(make_data()) if part.key == "did")
    assert did.lines[0].path == "/acme/bot/releases/7/impact/"


def test_missing_ranges_are_told_once() -> None:
    unknown = UsualRange(None, None, 4, "10 weeks are needed, 4 are there")
    data = make_data(figures=[make_figure(usual=unknown), make_figure("csat", usual=unknown)])
    said = texts(data, "figures")
    assert said[-1] == "Usual ranges are not known yet: 10 weeks are needed, 4 are there."
    assert sum("range" in text for text in said) == 1


def test_a_release_is_told_with_what_it_changed() -> None:
    line = sections(make_data())[1].lines[0]
    assert line.text == "Release 8 went live on 18 November, by ada: “Customs for Norway”."
    assert line.sub == "Against release 7: prompt changed; new: Customs; changed: Sizes."
    assert line.path == "/acme/bot/releases/8/"


def test_a_rollback_says_why() -> None:
    back = make_release(number=7, rollback=True, reason="CSAT fell", before=8)
    data = make_data(releases=[back])
    assert texts(data, "changed") == [
        "Release 7 was put back on 18 November, by ada in place of release 8: “CSAT fell”."
    ]
    assert sections(data)[0].lines[2].mood == "bad"


def test_an_effect_is_an_association_with_its_interval() -> None:
    assert texts(make_data(), "did") == [
        "Release 7 is associated with: AI answered improved, 28.1 % → 36.9 %, "
        "+8.8 points (+2.1 to +15.5)."
    ]


def test_only_split_traffic_is_a_cause() -> None:
    caused = make_data(effects=[make_effect(caused=True)])
    assert texts(caused, "did")[0].startswith("Release 7 caused: AI answered improved")


def test_no_clear_change_is_not_told_as_no_change() -> None:
    data = make_data(effects=[make_effect(verdict="no_clear_change")])
    assert texts(data, "did")[0].startswith("Release 7: no clear change of AI answered")


def test_a_release_takes_two_lines_with_the_figure_it_is_judged_by_first() -> None:
    quiet = {"verdict": "no_clear_change", "role": "guardrail"}
    unknown = {"verdict": "cannot_tell_yet"}
    csat = {"label": "CSAT, AI only", "rate": False, "before": 4.6, "after": 4.7}
    effects = [
        make_effect(),
        make_effect(label="AI resolved", role="primary", difference=0.1),
        make_effect(label="Reopened", difference=-0.001, low=-0.024, high=0.022, **quiet),
        make_effect(**csat, difference=0.16, low=0.01, high=0.31, **quiet),
        make_effect(label="AI handover", reason="Insufficient data.", **unknown),
        make_effect(label="AI snooze", reason="4 more days are needed.", **unknown),
    ]
    lines = sections(make_data(effects=effects))[2].lines
    assert [line.text for line in lines] == [
        "Release 7 is associated with: AI resolved improved (its primary figure), "
        "28.1 % → 36.9 %, adjusted +10.0 points (+2.1 to +15.5).",
        "Release 7: no clear change of Reopened and CSAT (AI only); "
        "cannot tell yet for AI handover and AI snooze.",
    ]
    assert [line.sub for line in lines] == [
        "Also improved: AI answered +8.8 points (+2.1 to +15.5).",
        "Reopened −0.1 points (−2.4 to +2.2); CSAT (AI only) +0.16 (+0.01 to +0.31), not clear "
        "among so many figures. AI handover: insufficient data.",
    ]


def test_many_effects_of_a_release_are_counted_in_short() -> None:
    effects = [make_effect(label=f"figure {n}") for n in range(6)]
    effects.append(make_effect(label="AI resolved", role="primary"))
    effects.append(make_effect(label="CSAT", verdict="regressed"))
    data = make_data(effects=effects)
    assert texts(data, "summary")[2] == (
        "1 release went live; AI resolved, figure 0, figure 1 and 4 more improved with release 7; "
        "CSAT regressed with release 7."
    )
    assert sections(data)[0].lines[2].mood == "bad"


def test_what_cannot_be_told_says_what_is_missing() -> None:
    unknown = {"verdict": "cannot_tell_yet", "reason": "4 more whole days are needed."}
    effects = [make_effect(**unknown), make_effect(label="CSAT", **unknown)]
    line = sections(make_data(effects=effects))[2].lines[0]
    assert line.text == "Release 7: cannot tell yet for AI answered and CSAT."
    assert line.sub == "4 more whole days are needed."


def test_a_quiet_week_says_so() -> None:
    quiet = make_data(releases=[], effects=[])
    assert texts(quiet, "changed") == [
        "No release went live: the agent was told the same all week."
    ]
    assert texts(quiet, "decide") == ["Nothing waits for a decision."]


def test_a_week_without_conversations_has_one_line() -> None:
    empty = make_data(conversations=0)
    assert texts(empty, "summary") == [
        "No conversation came in this week: there is nothing to report."
    ]


def test_what_waits_is_ranked_and_counted() -> None:
    ideas = [Idea(f"idea {n}", 10 - n, 2, f"/p#{n}") for n in range(5)]
    data = make_data(
        asks=[Ask("the judge is suspended", "why", "/acme/bot/desk/judge/", urgent=True)],
        proposals=ideas,
        proposal_count=9,
    )
    assert texts(data, "decide") == [
        "The judge is suspended.",
        "Proposal: “idea 0”.",
        "Proposal: “idea 1”.",
        "Proposal: “idea 2”.",
        "6 more proposals.",
    ]
    assert texts(data, "summary")[3] == "To decide: the judge is suspended first, 9 open proposals."


def test_an_alert_stays_until_somebody_has_looked() -> None:
    alert = AlertLine("AI answered", "share", "2026-W46", 0.21, 0.331, 0.452, False, "", "")
    assert texts(make_data(alerts=[alert]), "decide")[0] == (
        "AI answered was 21.0 % in 2026-W46, usually 33.1 to 45.2 %; nobody has looked yet."
    )


def test_reviewers_are_told_by_count_and_agreement_only_with_enough() -> None:
    said = texts(make_data(), "people")
    assert said[0] == "90 conversations reviewed by people in 2.0 hours, 2 skipped."
    assert said[1:3] == ["ben: 50 in 60 minutes.", "eve: 40 in 58 minutes, 2 skipped."]
    assert said[3].startswith("100 of 120 drawn conversations are judged (the quality figure is")
    assert said[4] == "Two people agreed on 11 of 12 conversations both had read (92 %)."
    few = make_data(team=TeamLine(9, 0, 10.0, 3, 3, [], 0, 0))
    assert texts(few, "people")[-1].endswith("too few for a percentage.")


def test_money_is_told_for_models_answers_and_people() -> None:
    assert texts(make_data(), "cost") == [
        "Reviews, briefs, captures and tests: $12.50 for 1,300 model calls.",
        "The agent's answers: $0.0125 ($0.0120 to $0.0130) a conversation.",
        "People: 2.0 hours at the desk, 1.3 minutes a conversation.",
    ]
    idle = make_data(cost=CostLine(0, 0, Estimate(None, 0)))
    assert texts(idle, "cost")[0] == "The loop made no model call this week."
    free = make_data(cost=CostLine(0, 467, Estimate(0.0, 205)))
    assert texts(free, "cost")[:2] == [
        "Reviews, briefs, captures and tests: nothing for 467 model calls.",
        "The agent's answers: nothing; 205 conversations came with a cost of $0.",
    ]


def test_stand_ins_and_provisional_weeks_are_named_first() -> None:
    said = [line.text for line in standing(make_data(simulated=True, local_model=True))]
    assert said[0].startswith("Provisional: until 3 December 2026")
    assert "Simulated customers" in said[1]
    assert "stand-in model" in said[2]


def test_every_sentence_has_its_evidence() -> None:
    data = make_data(contradictions=2, question_count=4, questions=[Idea("q", 3, 1, "/q")])
    lines = [line for part in sections(data) for line in part.lines]
    assert all(line.path.startswith("/") for line in lines)


def test_a_report_is_read_in_two_minutes() -> None:
    ideas = [Idea(f"A question about customs number {n}", 30, 12, "/p") for n in range(5)]
    keys = [
        "ai_answered", "ai_resolved", "ai_share_of_resolutions", "ai_handover", "ai_snooze",
        "ai_close", "ai_ignore", "csat", "reopen",
    ]  # fmt: skip
    data = make_data(
        figures=[make_figure(key) for key in keys],
        effects=[make_effect(release=number) for number in (7, 6, 5)],
        asks=[Ask("3 proposals to decide", "facts people used", "/x")] * 4,
        proposals=ideas,
        proposal_count=5,
        questions=ideas,
        question_count=12,
    )
    # The figures are a table: its first sentences are the ones a reader reads.
    words = sum(
        len(line.text.split())
        for part in sections(data)
        if part.key != "figures"
        for line in part.lines
    )
    assert words / 220 < 2


def test_the_period_is_written_as_people_say_it() -> None:
    assert period(make_data()) == "16 to 22 November 2026"
    assert period(make_data(monday=date(2026, 11, 30))) == "30 November to 6 December 2026"
    assert period(make_data(monday=date(2026, 12, 28))) == "28 December 2026 to 3 January 2027"


def test_a_final_version_says_what_has_changed() -> None:
    later = make_data(
        conversations=1243,
        figures=[make_figure(value=0.405)],
        effects=[make_effect(verdict="no_clear_change")],
    )
    assert differences(make_data(), later) == [
        "Conversations: 1,240 became 1,243.",
        "AI answered: 41.2 % became 40.5 %.",
        "Release 7, AI answered: “improved” became “no clear change”.",
    ]
    assert differences(later, later) == []
