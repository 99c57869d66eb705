import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gateway.case.item.codes import ExerciseLevel
from gateway.case.item.definition import (
    CaseType,
    HandlingItem,
    ItemDefinition,
    ItemMaterial,
    ItemState,
    ItemStep,
    MaterialKind,
    MaterialShape,
    ServiceObject,
    Source,
    TimeLimit,
    TimeUnit,
    Way,
)
from gateway.case.item.limit_rules import exceeds
from gateway.case.item.rules import definition_doubts, definition_problems
from gateway.case.kinds import ResultKind, StepKind, SuspensionKind
from gateway.case.model import Mode
from gateway.case.texts import Lang

VECTORS = json.loads((Path(__file__).parents[2] / "data/test_vectors.json").read_text("utf-8"))
TASK = "11440232MB2D06811W4000117051000"
BASIC = "000117051000"
LICENCE = "11422800MB0T00015R001"
DAYS, DATES, HOURS = TimeUnit.WORKING_DAY, TimeUnit.CALENDAR_DAY, TimeUnit.HOUR


def item(**changed) -> ItemDefinition:
    """Give an item with nothing to say about it, changed in some fields."""
    right = ItemDefinition(
        basic_code=BASIC,
        name="示例事项",
        division="422800",
        version=1,
        item_type="01",
        exercise_level=ExerciseLevel.COUNTY,
        case_type=CaseType.PROMISED,
        valid_from=date(2026, 1, 1),
        task_code=TASK,
        handling_items=(HandlingItem(TASK + "01", "新办"),),
        acceptance_levels=(ExerciseLevel.COUNTY, ExerciseLevel.TOWN),
        service_objects=(ServiceObject.PERSON,),
        legal_bases=("《示例条例》第一条",),
        modes=(Mode.ENTRUSTED,),
        ways=(Way.WINDOW,),
        materials=(
            ItemMaterial("M01", "居民身份证", originals=1, licence_type_code=LICENCE, source=Source.GOVERNMENT),
        ),
        form_schema='{"type": "object", "properties": {"姓名": {"type": "string"}}}',
        steps=(ItemStep(StepKind.ACCEPTANCE, "受理", TimeLimit(1)), ItemStep(StepKind.DECISION, "决定", TimeLimit(4))),
        legal_limit=TimeLimit(20),
        promised_limit=TimeLimit(5),
        acceptance_limit=TimeLimit(5),
        visits=1,
        visits_reason="核验原件",
        result_name="批复",
        result_kind=ResultKind.APPROVAL,
    )
    return replace(right, **changed)


def material(**changed) -> dict[str, tuple[ItemMaterial, ...]]:
    return {"materials": (replace(item().materials[0], **changed),)}


def paths(found) -> list[str]:
    return [one.path for one in found]


def test_a_right_definition_has_no_findings():
    assert definition_problems(item()) == ()
    assert definition_doubts(item()) == ()


@pytest.mark.parametrize("task", VECTORS["task_code_31"]["valid"])
def test_real_task_codes_are_taken_with_their_own_parts(task: str):
    level = ExerciseLevel(task[18])
    right = item(task_code=task, basic_code=task[19:], exercise_level=level, item_type=task[21:23], handling_items=())
    assert definition_problems(right) == ()


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"basic_code": "00011705100", "task_code": "", "handling_items": ()}, "basic_code"),
        ({"basic_code": "990117051000", "task_code": "", "handling_items": ()}, "basic_code"),
        ({"item_type": "20"}, "item_type"),
        ({"item_type": "1"}, "item_type"),
        ({"task_code": TASK[:-1] + "1", "handling_items": ()}, "task_code"),
        ({"task_code": "11440232MB2D06811X4000117051000", "handling_items": ()}, "task_code"),
        ({"exercise_level": ExerciseLevel.PREFECTURE}, "exercise_level"),
        ({"handling_items": (HandlingItem("11370800MB28559184337011700201101"),)}, "handling_items[0].code"),
        ({"handling_items": (HandlingItem(TASK + "01"), HandlingItem(TASK + "01"))}, "handling_items[1].code"),
        ({"task_code": ""}, "handling_items[0].code"),
        ({"division": "4228"}, "division"),
        ({"version": 0}, "version"),
        ({"name": " "}, "name"),
        ({"local_task_code": "x" * 51}, "local_task_code"),
        ({"acceptance_levels": (ExerciseLevel.PROVINCE,)}, "acceptance_levels"),
        ({"acceptance_levels": (ExerciseLevel.GRADED,)}, "acceptance_levels"),
        ({"acceptance_levels": (ExerciseLevel.TOWN,) * 2}, "acceptance_levels"),
        ({"legal_bases": ("",)}, "legal_bases[0]"),
        ({"modes": ()}, "modes"),
        ({"modes": (Mode.JOINT, Mode.JOINT)}, "modes"),
        ({"case_type": CaseType.IMMEDIATE}, "case_type"),
        ({"promised_limit": TimeLimit(0)}, "case_type"),
        ({"promised_limit": None}, "promised_limit"),
        ({"promised_limit": TimeLimit(21)}, "promised_limit"),
        ({"promised_limit": TimeLimit(-1)}, "promised_limit"),
        ({"acceptance_limit": TimeLimit(6)}, "acceptance_limit"),
        ({"visits": 0, "visits_reason": ""}, "visits"),
        ({"modes": (Mode.ONLINE,)}, "visits"),
        ({"visits": -1}, "visits"),
        ({"online_depth": 5}, "online_depth"),
        ({"fee_charged": True}, "fee_basis"),
        ({"fee_basis": "发改价格〔2014〕1号"}, "fee_charged"),
        ({"result_name": "《残疾人证》"}, "result_kind"),
        ({"result_name": "关于…的批复", "result_kind": ResultKind.OTHER}, "result_kind"),
        ({"result_name": "准予许可批文(电子)", "result_kind": ResultKind.CERTIFICATE}, "result_kind"),
        ({"result_licence_type_code": "12345"}, "result_licence_type_code"),
        ({"special_procedures": (SuspensionKind.HEARING,) * 2}, "special_procedures"),
        (material(list_code=""), "materials[0].list_code"),
        (material(name=""), "materials[0].name"),
        (material(copies=-1), "materials[0].copies"),
        (material(shape=MaterialShape.PAPER, originals=0), "materials[0].originals"),
        (material(shape=MaterialShape.ELECTRONIC), "materials[0].originals"),
        (material(shape=MaterialShape.ELECTRONIC, originals=0, copies=1), "materials[0].copies"),
        (material(licence_type_code="11422800MB0T00015R01"), "materials[0].licence_type_code"),
        (material(licence_type_code="11422800MB0T00015X001"), "materials[0].licence_type_code"),
        (material(kind=MaterialKind.APPLICATION), "materials[0].licence_type_code"),
        ({"steps": (ItemStep(StepKind.REVIEW, ""),)}, "steps[0].name"),
        ({"form_schema": "{"}, "form_schema"),
        ({"form_schema": '{"type": "array"}'}, "form_schema.type"),
    ],
)
def test_a_contradiction_is_found_at_its_field(changed: dict, path: str):
    found = definition_problems(item(**changed))
    assert path in paths(found)
    for one in found:
        assert one.problem.say(Lang.ZH) != one.problem.say(Lang.EN)
        assert "{" not in one.problem.zh + one.problem.en + one.fix.zh + one.fix.en.replace("{…}", "")


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"basic_code": "442199806003", "item_type": "21", "task_code": "", "handling_items": ()}, "basic_code"),
        ({"name": "示例事项（已取消）"}, "state"),
        ({"legal_bases": ()}, "legal_bases"),
        ({"service_objects": ()}, "service_objects"),
        ({"acceptance_levels": ()}, "acceptance_levels"),
        ({"ways": ()}, "ways"),
        ({"legal_limit": TimeLimit(30)}, "legal_limit"),
        ({"legal_limit": TimeLimit(24 * 5, HOURS), "promised_limit": TimeLimit(5)}, "promised_limit"),
        ({"acceptance_limit": TimeLimit(6, DATES)}, "acceptance_limit"),
        ({"visits_reason": ""}, "visits_reason"),
        ({"visits": 9}, "visits"),
        ({"visits": 0, "ways": (Way.WEB,), "visits_reason": ""}, "modes"),
        ({"modes": (Mode.ONLINE, Mode.ENTRUSTED), "online_depth": 1}, "online_depth"),
        ({"result_name": "", "result_kind": ResultKind.CERTIFICATE}, "result_name"),
        ({"steps": ()}, "steps"),
        ({"promised_limit": TimeLimit(4)}, "steps"),
        (material(source=Source.APPLICANT), "materials[0].licence_type_code"),
        ({"valid_from": date(1900, 1, 5)}, "valid_from"),
    ],
)
def test_a_doubt_is_told_and_refuses_nothing(changed: dict, path: str):
    assert definition_problems(item(**changed)) == ()
    assert path in paths(definition_doubts(item(**changed)))


def test_everything_wrong_is_found_at_once():
    wrong = item(basic_code="0", division="", modes=(), steps=(), version=0, fee_charged=True)
    assert {"basic_code", "division", "modes", "version", "fee_basis"} <= set(paths(definition_problems(wrong)))


def test_doubled_materials_name_the_first_of_them():
    first = item().materials[0]
    found = definition_problems(item(materials=(first, replace(first, name="居民 身份证"))))
    assert paths(found) == ["materials[1].list_code", "materials[1].name"]
    assert "第 1 个" in found[0].problem.zh


@pytest.mark.parametrize(
    ("promised", "legal", "longer"),
    [
        ((20, DAYS), (20, DAYS), False),
        ((21, DAYS), (20, DAYS), True),
        ((48, HOURS), (5, DAYS), False),
        ((49, HOURS), (2, DATES), True),
        ((5, DAYS), (24, HOURS), True),
        ((20, DATES), (20, DAYS), False),
        ((30, DATES), (20, DAYS), None),
        ((15, DAYS), (20, DATES), None),
        ((30, DAYS), (20, DATES), True),
        ((0, DAYS), (0, DATES), False),
    ],
)
def test_limits_in_different_units_are_compared_only_where_the_answer_is_certain(promised, legal, longer):
    assert exceeds(TimeLimit(*promised), TimeLimit(*legal)) is longer


def test_joint_handling_may_take_forty_five_days_and_other_types_are_not_bound():
    joint = item(modes=(Mode.JOINT,), legal_limit=TimeLimit(45))
    assert "legal_limit" not in paths(definition_doubts(joint))
    service = item(
        basic_code="002017051000",
        item_type="20",
        task_code="",
        handling_items=(),
        legal_limit=TimeLimit(90),
        acceptance_limit=TimeLimit(15),
    )
    assert definition_problems(service) == ()
    assert definition_doubts(service) == ()


@pytest.mark.parametrize("name", ["学历公证", "身份认证", "提取凭证", "有无犯罪记录证明", "", "营业执照"])
def test_names_that_only_look_like_certificates_may_be_anything(name: str):
    assert definition_problems(item(result_name=name, result_kind=ResultKind.OTHER)) == ()


def test_a_paused_item_may_say_so_in_its_name():
    assert definition_doubts(item(name="示例事项(暂停)", state=ItemState.PAUSED)) == ()


def test_visits_that_are_not_stated_contradict_nothing():
    given = item(visits=None, visits_reason="", modes=(Mode.ENTRUSTED,), ways=(Way.WINDOW,))
    assert "visits" not in {one.path for one in definition_problems(given)}


def test_a_provinces_own_type_in_the_code_is_told_and_not_refused():
    """Guangdong writes 21 for 公共服务 (20): 12441500196720244T3442199806003 is a real public code."""
    task = "12441500196720244T3442199806003"
    given = item(
        basic_code="442199806003",
        task_code=task,
        handling_items=(HandlingItem(task + "01", "查询"),),
        item_type="20",
        exercise_level=ExerciseLevel.PREFECTURE,
    )
    assert not [one for one in definition_problems(given) if one.path == "item_type"]
    assert [one for one in definition_doubts(given) if one.path == "basic_code"]
