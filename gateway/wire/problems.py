"""Problems on the wire: a reason, what can be done about it, and what was found.

A problem is cut to size when it is made here, never when it is read: an answer has to fit beside 63 others, a status
into headers.  What was left out is told as the fact `findings_left_out`.
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.texts import Text
from gateway.wire import bounds
from gateway.wire.codes import ANSWERS, PLACES
from gateway.wire.envelope import Problem
from gateway.wire.gen.tongban.exchange.v1 import problem_pb2 as pb
from gateway.wire.spot import CONTROL, Spot

LEFT_OUT = "findings_left_out"
_ELLIPSIS = "…"
_SHORT = 240
"""Characters of a sentence of which even the whole is too much for a status."""


def problem_of(error: GatewayError) -> Problem:
    """Return the problem another region is told, at most `bounds.PROBLEM_BYTES` on the wire."""
    row = error.row
    facts = {name: _fact(value) for name, value in list(error.facts.items())[: bounds.FACTS.most - 1]}
    bare = Problem(
        reason=error.reason.value,
        answer=row.answer,
        place=row.place,
        cause=_cut(error.cause, bounds.SENTENCE.most),
        fix=_cut(error.fix, bounds.SENTENCE.most),
        facts=facts,
    )
    return _with_findings(_within(bare, bounds.PROBLEM_BYTES), error.findings)


def problem_for_status(problem: Problem) -> Problem:
    """Return the problem as a status detail may carry it: without findings, at most `bounds.STATUS_BYTES`."""
    if not problem.findings:
        return _within(problem, bounds.STATUS_BYTES)
    before = problem.facts.get(LEFT_OUT, "0")
    left = len(problem.findings) + (int(before) if before.isdecimal() else 0)
    facts = {**problem.facts, LEFT_OUT: str(left)}
    return _within(replace(problem, findings=(), facts=facts), bounds.STATUS_BYTES)


def problem_from_wire(wire: pb.Problem, at: Spot) -> Problem:
    """Read a problem; a reason this gateway does not know is let through, an unknown class or place is not."""
    at.items("facts", wire.facts, bounds.FACTS)
    for name, value in islice(wire.facts.items(), bounds.FACTS.most):
        at.text("facts", name, bounds.KEY)
        at.text("facts", value, bounds.FACT)
    return Problem(
        reason=at.text("reason", wire.reason, bounds.REASON_WORD),
        answer=at.code("answer_class", wire.answer_class, ANSWERS),
        place=at.code("place", wire.place, PLACES),
        cause=_sentence(wire.cause_zh, wire.cause_en, "cause", at),
        fix=_sentence(wire.fix_zh, wire.fix_en, "fix", at),
        facts=dict(wire.facts),
        findings=at.many("findings", wire.findings, bounds.FINDINGS, finding_from_wire),
    )


def problem_to_wire(problem: Problem) -> pb.Problem:
    """Write a problem."""
    return pb.Problem(
        reason=problem.reason,
        answer_class=ANSWERS.to_wire(problem.answer),
        place=PLACES.to_wire(problem.place),
        cause_zh=problem.cause.zh,
        cause_en=problem.cause.en,
        fix_zh=problem.fix.zh,
        fix_en=problem.fix.en,
        facts=problem.facts,
        findings=[finding_to_wire(one) for one in problem.findings],
    )


def finding_from_wire(wire: pb.Finding, at: Spot) -> FieldFinding:
    """Read one thing that was found wrong."""
    return FieldFinding(
        path=at.text("path", wire.path, bounds.PATH),
        problem=_sentence(wire.problem_zh, wire.problem_en, "problem", at),
        fix=_sentence(wire.fix_zh, wire.fix_en, "fix", at),
    )


def finding_to_wire(finding: FieldFinding) -> pb.Finding:
    """Write one thing that was found wrong."""
    return pb.Finding(
        path=finding.path,
        problem_zh=finding.problem.zh,
        problem_en=finding.problem.en,
        fix_zh=finding.fix.zh,
        fix_en=finding.fix.en,
    )


def _sentence(zh: str, en: str, name: str, at: Spot) -> Text:
    return Text(at.text(f"{name}_zh", zh, bounds.SENTENCE), at.text(f"{name}_en", en, bounds.SENTENCE))


def _fact(value: object) -> str:
    said = value.en if isinstance(value, Text) else str(value)
    return _cut_line(said, bounds.FACT.most)


def _cut(text: Text, most: int) -> Text:
    return Text(_cut_line(text.zh, most), _cut_line(text.en, most))


def _cut_line(line: str, most: int) -> str:
    # An error must always be tellable, whatever a fact holds: no half characters, no control characters.
    sound = CONTROL.sub("�", line.encode("utf-8", "replace").decode())
    return sound if len(sound) <= most else sound[: most - 1] + _ELLIPSIS


def _size(problem: Problem) -> int:
    return problem_to_wire(problem).ByteSize()


def _within(problem: Problem, most: int) -> Problem:
    """Give up first the facts, then the ends of the sentences."""
    if _size(problem) <= most:
        return problem
    kept = {LEFT_OUT: problem.facts[LEFT_OUT]} if LEFT_OUT in problem.facts else {}
    bare = replace(problem, facts=kept)
    return bare if _size(bare) <= most else replace(bare, cause=_cut(bare.cause, _SHORT), fix=_cut(bare.fix, _SHORT))


def _with_findings(problem: Problem, findings: Iterable[FieldFinding]) -> Problem:
    """Add findings in order while they fit; say how many did not."""
    all_of_them = [_readable(finding) for finding in findings]
    # A tag and a length, at most two bytes more for each, and room for the fact that says what is left out.
    room = bounds.PROBLEM_BYTES - _size(problem) - 64
    kept = 0
    for finding in all_of_them[: bounds.FINDINGS.most]:
        room -= finding_to_wire(finding).ByteSize() + 4
        if room < 0:
            break
        kept += 1
    left = len(all_of_them) - kept
    facts = {**problem.facts, LEFT_OUT: str(left)} if left else problem.facts
    return replace(problem, findings=tuple(all_of_them[:kept]), facts=facts)


def _readable(finding: FieldFinding) -> FieldFinding:
    return FieldFinding(
        _cut_line(finding.path, bounds.PATH.most),
        _cut(finding.problem, bounds.SENTENCE.most),
        _cut(finding.fix, bounds.SENTENCE.most),
    )
