"""The body of a joint case: what the parts have in common once, each part judged as the case it becomes."""

import copy
from typing import Any

import pytest

from gateway.case.model import Mode
from gateway.case.reasons import Reason
from gateway.flows.joint.hand_in import Part
from gateway.local.fields import Judged
from gateway.local.joint_body import read_joint
from tests.unit.local.local_build import NOW, as_bytes, paths, put, refusal, sample


def joint(parts: int = 2, **changes: Any) -> dict[str, Any]:
    body = sample()
    for own in ("item", "mode", "handler", "form"):
        body.pop(own)
    body.pop("joint_parent", None)
    whole = sample()
    ids = [material["material_id"] for material in whole["materials"]]
    part = {"item": whole["item"], "handler": whole["handler"], "form": whole["form"], "material_ids": ids}
    body["parts"] = [copy.deepcopy(part) for _ in range(parts)]
    return body | changes


def read(body: dict[str, Any]) -> tuple[Part, ...]:
    return read_joint(as_bytes(body), Judged.at(NOW))[1]


def wrong(body: dict[str, Any]) -> list[str]:
    error = refusal(lambda: read(body))
    assert error.reason is Reason.BAD_REQUEST
    assert error.facts["count"] == len(error.findings)
    return paths(error)


def test_each_part_becomes_a_case_with_what_is_common_and_its_own():
    body = joint()
    body["parts"][1]["handler"] = {"division": "433130"}
    body["parts"][1]["materials"] = [{"material_id": "own", "name": "居住证", "paper": {"copies": 1}}]
    first, second = read(body)
    assert first.case.mode is second.case.mode is Mode.JOINT
    assert first.case.applicant == second.case.applicant
    assert (first.case.handler.division, second.case.handler.division) == ("422802", "433130")
    assert [material.material_id for material in second.case.materials][-1] == "own"
    assert second.materials[-1] == "parts[1].materials[0]"
    assert first.case.number == first.case.joint_parent == ""


def test_a_material_goes_only_to_the_parts_that_name_it():
    body = joint(agent=None)
    ids = body["parts"][0]["material_ids"]
    body["parts"][1]["material_ids"] = ids[:1]
    first, second = read(body)
    assert [material.material_id for material in first.case.materials] == ids
    assert [material.material_id for material in second.case.materials] == ids[:1]
    assert second.materials == ("materials[0]",)


def test_the_power_of_attorney_goes_wherever_the_agent_is_named():
    body = joint()
    letter = body["agent"]["authorisation_material_id"]
    body["parts"][1]["material_ids"] = []
    assert [material.material_id for material in read(body)[1].case.materials] == [letter]


def test_every_form_keeps_its_exact_characters():
    raw = as_bytes(joint(1)).decode()
    form = '{"金额": 12.50, "流水号": 90071992547409931234}'
    start = raw.index('"form": ') + len('"form": ')
    depth = end = 0
    for end in range(start, len(raw)):
        depth += {"{": 1, "}": -1}.get(raw[end], 0)
        if depth == 0:
            break
    raw = raw[:start] + form + raw[end + 1 :]
    _, (part,) = read_joint(raw.encode(), Judged.at(NOW))
    assert part.case.form_json == form


def test_everything_wrong_with_every_part_is_told_at_once_by_its_place():
    body = joint()
    body["applicant"]["certificate_number"] = "1"
    body["parts"][0]["item"]["basic_code"] = "x"
    body["parts"][1]["material_ids"].append("nowhere")
    body["parts"][1]["materials"] = [{"material_id": "M1", "name": "x"}]
    del body["parts"][1]["form"]
    told = wrong(body)
    for place in (
        "applicant.certificate_number",
        "parts[0].item.basic_code",
        "parts[1].form",
        f"parts[1].material_ids[{len(body['parts'][1]['material_ids']) - 1}]",
        "parts[1].materials[0]",
    ):
        assert place in told


def test_a_common_material_no_part_names_would_go_nowhere_and_is_told():
    body = joint(agent=None)
    for part in body["parts"]:
        part["material_ids"] = part["material_ids"][1:]
    assert wrong(body) == ["materials[0]"]


def test_a_material_of_a_part_has_another_id_than_those_in_common():
    body = joint()
    body["parts"][0]["materials"] = [body["materials"][0]]
    assert wrong(body) == ["parts[0].materials[0].material_id"]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"parts": []}, "parts"),
        ({"parts": ...}, "parts"),
        ({"parts": {}}, "parts"),
        ({"mode": "joint"}, "mode"),
        ({"item": {}}, "item"),
        ({"joint_parent": ""}, "joint_parent"),
    ],
)
def test_a_body_of_another_shape_is_refused(change: dict[str, Any], place: str):
    body = joint(agent=None, materials=[])
    for part in body["parts"]:
        part["material_ids"] = []
    [(key, value)] = change.items()
    assert wrong(put(body, key, value)) == [place]


def test_at_most_twenty_parts_are_taken():
    assert len(read(joint(20))) == 20
    assert wrong(joint(21)) == ["parts"]


@pytest.mark.parametrize(("length", "parts", "fits"), [(48, 2, True), (49, 2, False), (47, 10, True), (48, 10, False)])
def test_a_number_leaves_room_for_the_number_of_the_part(length: int, parts: int, fits: bool):
    body = joint(parts, origin_number="号" * length)
    if fits:
        assert read(body)
    else:
        assert wrong(body) == ["origin_number"]


def test_a_part_that_is_no_object_is_told():
    body = joint()
    body["parts"][1] = "x"
    assert "parts[1]" in wrong(body)


def test_a_form_that_is_nested_too_deeply_is_told_by_its_part():
    form: dict[str, Any] = {}
    for _ in range(20):
        form = {"a": form}
    body = joint()
    body["parts"][1]["form"] = form
    assert wrong(body) == ["parts[1].form"]
