"""How a run ended, as values, as JSON and as Markdown; texts for a terminal are the command's."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.case.texts import Lang, Text
from gateway.kit.conformance.check import Check, Outcome

_SIGNS = {Outcome.PASSED: "✅", Outcome.FAILED: "❌", Outcome.SKIPPED: "⏭"}
OUTCOMES = {
    Outcome.PASSED: Text("通过", "passed"),
    Outcome.FAILED: Text("不通过", "failed"),
    Outcome.SKIPPED: Text("未做", "skipped"),
}
_TITLE = Text("合格性测试报告", "Conformance report")
_HEADS = Text("| 号 | 检查 | 结果 |", "| number | check | outcome |")
_FACTS = (
    ("target", Text("被测网关", "gateway under test")),
    ("address", Text("地址", "address")),
    ("software", Text("软件", "software")),
    ("incarnation", Text("库的世代", "incarnation")),
    ("tester", Text("测试方", "tester")),
    ("tester_software", Text("测试程序", "tester's software")),
    ("certificate", Text("测试方证书 x5t#S256", "tester's certificate x5t#S256")),
    ("seal_key", Text("测试方签封密钥", "tester's seal key")),
    ("target_keys", Text("登记的被测方密钥", "registered keys of the gateway")),
    ("agreement", Text("协议", "agreement")),
    ("item", Text("事项", "item")),
    ("begun", Text("开始", "begun")),
    ("ended", Text("结束", "ended")),
)
_DEMAND = Text("要求 (格式第 {section} 节): {demand}", "demanded (section {section} of the format): {demand}")
_CAME = Text("结果: {came}", "what came: {came}")
_MEND = Text("怎么改: {mend}", "what to mend: {mend}")
_SUMMARY = Text("通过 {passed}, 不通过 {failed}, 未做 {skipped}", "{passed} passed, {failed} failed, {skipped} skipped")


@dataclass(frozen=True, slots=True)
class Result:
    """How one check ended.

    Attributes:
        came: what was wrong, or why it was skipped; None when it passed.
        evidence: what was sent and what came, a line each.
    """

    check: Check
    outcome: Outcome
    came: Text | None
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run: who tested whom, when, and how every check ended.

    Attributes:
        shut: how the first call ended, where the gateway did not answer the tester; empty otherwise.
    """

    facts: dict[str, str]
    begun: datetime
    ended: datetime
    results: Sequence[Result]
    shut: str = ""

    def counted(self) -> dict[str, int]:
        """Return how many checks passed, failed and were skipped."""
        counts = Counter(result.outcome for result in self.results)
        return {outcome.value: counts[outcome] for outcome in Outcome}

    def summary(self) -> Text:
        """Return the counts in one sentence."""
        return _SUMMARY.format(**self.counted())

    @property
    def all_well(self) -> bool:
        """Whether no check failed, and at least one passed."""
        counted = self.counted()
        return not counted["failed"] and counted["passed"] > 0


def as_document(report: Report) -> dict[str, Any]:
    """Return the report for scripts, texts in both languages."""
    return {
        "ok": report.all_well,
        "facts": _facts(report),
        "counts": report.counted(),
        "checks": [result_document(one) for one in report.results],
    }


def result_document(result: Result) -> dict[str, Any]:
    """Return one result for scripts."""
    check = result.check
    return {
        "number": check.number,
        "title": _both(check.title),
        "demand": _both(check.demand),
        "section": check.section,
        "outcome": result.outcome.value,
        "came": _both(result.came) if result.came else None,
        "mend": _both(check.mend) if result.outcome is Outcome.FAILED else None,
        "evidence": list(result.evidence),
    }


def as_markdown(report: Report, lang: Lang) -> str:
    """Return the report as a page to hand over."""
    lines = [f"# {_TITLE.say(lang)}", "", report.summary().say(lang), ""]
    facts = _facts(report)
    lines += [f"- {said.say(lang)}: `{facts[name]}`" for name, said in _FACTS if facts.get(name)]
    lines += ["", _HEADS.say(lang), "|---|---|---|"]
    lines += [
        f"| {one.check.number} | {one.check.title.say(lang)} | {_SIGNS[one.outcome]} {OUTCOMES[one.outcome].say(lang)} |"
        for one in report.results
    ]
    for one in report.results:
        lines += ["", f"## {one.check.number} {one.check.title.say(lang)} {_SIGNS[one.outcome]}", ""]
        lines += [f"- {line.say(lang)}" for line in said(one)]
        if one.evidence:
            lines += ["", "```text", *(line.replace("`", "'") for line in one.evidence), "```"]
    return "\n".join(lines) + "\n"


def said(result: Result) -> list[Text]:
    """Return the sentences about one result: what is demanded, what came, and what to mend."""
    check = result.check
    lines = [_DEMAND.format(section=check.section, demand=check.demand)]
    if result.came:
        lines.append(_CAME.format(came=result.came))
    if result.outcome is Outcome.FAILED:
        lines.append(_MEND.format(mend=check.mend))
    return lines


def _facts(report: Report) -> dict[str, str]:
    times = {"begun": report.begun, "ended": report.ended}
    return report.facts | {name: f"{at:%Y-%m-%dT%H:%M:%SZ}" for name, at in times.items()}


def _both(text: Text) -> dict[str, str]:
    return {lang.value: text.say(lang) for lang in Lang}
