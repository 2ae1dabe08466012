"""The gate's answer as JUnit XML: a testcase for each check, and one for each case of each run.

Failures are what the gate would call lost. A case that the live release fails as well is *skipped*
as a known failure, as pytest does with an expected one; so is a case that could not be graded.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from context.models import Check
from testing.comparing.comparison import CaseComparison, Comparison, compare
from testing.context_suite.cases import changed_documents
from testing.context_suite.changed import baseline_of
from testing.gate.evidence import outcome, standing
from testing.gate.reports import Report
from testing.gate.suite_decision import counting_run
from testing.models import Case, Run

# What XML 1.0 cannot hold; customers and models may write it.
UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_report(report: Report) -> str:
    """The XML document."""
    root = Element("testsuites", name=f"Release {report.release.number}")
    _add_checks(root, report)
    for run in _runs(report):
        _add_run(root, run, report)
    for name in ("tests", "failures", "errors"):  # the common schema has no "skipped" here
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False).join(
        ['<?xml version="1.0" encoding="UTF-8"?>\n', "\n"]
    )


def _runs(report: Report) -> Iterator[Run]:
    """The run of each suite that counts and has ended."""
    release, baseline = report.release, baseline_of(report.release)
    for suite in release.agent.suites.order_by("id"):
        suite.agent = release.agent
        run = counting_run(suite, release, baseline)
        if run is not None and run.state == Run.State.DONE:
            run.suite = suite
            yield run


def _add_checks(root: Element, report: Report) -> None:
    """The checks as tests: a required one that is not decided is an error."""
    required = report.release.agent.required_checks.split()
    suite = SubElement(root, "testsuite", name="gate", timestamp=report.at.isoformat()[:19])
    for check in report.checks:
        case = _testcase(suite, "gate", check.name)
        if check.status == Check.Status.PASSED:
            _child(case, "system-out", check.summary)
        elif check.name not in required:
            _child(case, "skipped", f"{check.status}, not required: {check.summary}")
        else:
            tag = "failure" if check.status == Check.Status.FAILED else "error"
            text = f"{check.summary}\n{check.advice}\n{report.address(check.url)}".strip()
            _child(case, tag, check.summary, text, check.status)
    for name in [name for name in required if name not in {c.name for c in report.checks}]:
        _child(_testcase(suite, "gate", name), "error", "not run", kind="pending")
    _count(suite)


def _add_run(root: Element, run: Run, report: Report) -> None:
    """The cases of one run."""
    comparison = standing(compare(run))
    changed = {document.slug for document in changed_documents(run.release, run.baseline)}
    ended = (run.finished_at or run.created_at).isoformat()[:19]
    suite = SubElement(root, "testsuite", name=_clean(run.suite.name), timestamp=ended)
    suite.set("id", str(run.pk))
    failing = [row.case.pk for row in comparison.cases if not row.candidate.passes_most]
    failing += [row.case.pk for row in comparison.lost]
    whole = Case.objects.in_bulk(failing)  # the comparison holds cases without what they expect
    for row in comparison.cases:
        row = replace(row, case=whole.get(row.case.pk, row.case))
        case = _testcase(suite, run.suite.slug, f"{row.case.question[:200]} [{row.case.key}]")
        _say(case, row, comparison, row.case.document_slug in changed, report)
    _count(suite)


def _say(
    case: Element, row: CaseComparison, comparison: Comparison, targeted: bool, report: Report
) -> None:
    """How one case went."""
    said, url = outcome(row), report.case_url(row.case.pk)
    if row.is_ungraded:
        _child(case, "skipped", f"ungraded: {said}")
    elif row.is_lost or (not row.candidate.passes_most and _is_expected(row, comparison, targeted)):
        word = "critical case lost" if row.is_critical else "case lost"
        expected = "; ".join(row.case.expected_facts) or row.case.rubric
        text = f"{said}\nExpected: {expected}\n{url}"
        _child(case, "failure", f"{word}: {said}", text, "lost")
    elif not row.candidate.passes_most:
        _child(case, "skipped", f"known failure: {said}")


def _is_expected(row: CaseComparison, comparison: Comparison, targeted: bool) -> bool:
    """Whether the release has to pass a case whatever the live release does."""
    return targeted or not comparison.has_baseline


def _testcase(suite: Element, classname: str, name: str) -> Element:
    return SubElement(suite, "testcase", classname=_clean(classname), name=_clean(name), time="0")


def _child(case: Element, tag: str, message: str, text: str = "", kind: str = "") -> None:
    """What a test says of itself."""
    child = SubElement(case, tag)
    if tag == "system-out":
        child.text = _clean(message)
        return
    child.set("message", _clean(" ".join(message.split())))
    if kind:
        child.set("type", kind)
    child.text = _clean(text) or None


def _count(suite: Element) -> None:
    """The counts a reader shows before it reads the tests."""
    suite.set("tests", str(len(suite.findall("testcase"))))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(len(suite.findall(f"testcase/{tag}"))))
    suite.set("time", "0")


def _clean(text: str) -> str:
    return UNWRITABLE.sub("\ufffd", text)
