"""A case gets its number and keeps everything else, whatever fields it may come to have."""

from dataclasses import MISSING, fields, replace

from gateway.case.model import Channel
from tests import build


def test_a_numbered_case_differs_in_its_number_alone() -> None:
    case = build.a_case(agent=build.an_agent(), joint_parent=build.a_case_number(7), channel=Channel.WEB)
    assert [
        own.name for own in fields(case) if own.default is not MISSING and getattr(case, own.name) == own.default
    ] == []
    number = build.a_case_number(8)
    assert case.numbered(number) == replace(case, number=number)
