import hashlib
from dataclasses import replace

import pytest

from gateway.case.texts import Lang
from gateway.files.findings import render
from gateway.local.canonical_in import read_case
from gateway.local.system_file import May, Status
from gateway.local.systems import NOBODY, Systems
from gateway.local.systems_check import check_systems, keep_running, load_system
from tests.unit.local.local_build import (
    NOW,
    ROOT,
    as_bytes,
    divisions,
    put,
    sample,
    sample_bytes,
    shipped,
    shipped_system,
)

KEY = hashlib.sha256(b"one").hexdigest()
OTHER = hashlib.sha256(b"two").hexdigest()


def a_system(name, *, key=KEY, receives="[]", more=""):
    return f"name: {name}\ntitle: 示例系统\ncredential:\n  keys: [{key}]\nmay: [submit, feed]\nreceives: {receives}\n{more}"


def written(tmp_path, **texts):
    folder = tmp_path / "systems"
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def checked(tmp_path, **texts):
    return check_systems(written(tmp_path, **texts), divisions())


def places(found):
    return [(finding.line, finding.key) for finding in found.findings]


def test_the_shipped_files_are_right():
    assert render(shipped().findings, Lang.EN, files=6).startswith("no problems")
    assert [system.name for system in shipped().systems] == [
        "epoint-flat",
        "guangdong-nested",
        "guizhou-push",
        "shaanxi-hub",
        "yangtze-delta",
        "zongchuang",
    ]


def test_the_example_shows_every_key_and_is_right():
    path = ROOT / "systems/_example.yaml"
    loaded, findings = load_system(path, "systems/_example.yaml", divisions())
    assert findings == ()
    assert loaded.system.mapping is not None
    assert loaded.system.token.algorithm == "ES256"
    assert loaded.system.may == frozenset(May)


def test_a_sample_can_neither_call_nor_receive():
    assert all(system.status is Status.SAMPLE and not system.can_call for system in shipped().systems)
    case = read_case(sample_bytes(), NOW)
    assert Systems.of(shipped().systems, divisions()).assign(case) == NOBODY


def test_a_system_with_a_key_can_call(tmp_path):
    found = checked(tmp_path, a1=a_system("a1"))
    assert found.is_clean
    assert found.systems[0].can_call


def test_a_system_without_a_credential_cannot_call(tmp_path):
    text = "name: a1\ntitle: 示例\nmay: [submit]\n"
    [system] = checked(tmp_path, a1=text).systems
    assert not system.can_call


def test_every_mistake_of_a_file_is_told_at_once_with_its_line(tmp_path):
    text = (
        "name: A1\n"
        "title: 示例\n"
        "credential:\n"
        "  keys: [secret]\n"
        "may: [submit, fly]\n"
        "receives:\n"
        "  - items: ['12']\n"
        "    division: ['422800']\n"
        "events: [handled_offline]\n"
        "colour: red\n"
        "mapping:\n"
        "  codes: {kind: {'1': person}}\n"
        "  case:\n"
        "    mode: {value: sometimes}\n"
        "    applicant:\n"
        "      kind: {from: a, code: kinds}\n"
        "      nme: {from: b}\n"
        "    delivery: {way: {from: c..d, convert: yyymmdd}}\n"
    )
    found = checked(tmp_path, a1=text)
    keys = {finding.key for finding in found.findings}
    assert keys == {
        "name",
        "credential.keys[0]",
        "may[1]",
        "receives[0].items[0]",
        "receives[0].division",
        "events[0]",
        "colour",
        "mapping.codes.kind",
        "mapping.case.mode.value",
        "mapping.case.applicant.kind.code",
        "mapping.case.applicant.nme",
        "mapping.case.delivery.way.from",
        "mapping.case.delivery.way.convert",
    }
    lines = {finding.key: finding.line for finding in found.findings}
    assert lines["mapping.case.applicant.nme"] == 17
    assert lines["receives[0].division"] == 8
    fixes = {finding.key: finding.fix.en for finding in found.findings}
    assert "name" in fixes["mapping.case.applicant.nme"]
    assert "yyyyMMdd" in fixes["mapping.case.delivery.way.convert"]
    assert found.systems == ()


@pytest.mark.parametrize(
    ("mapping", "key"),
    [
        ("mapping: x", "mapping"),
        ("mapping: {case: {from: a}}", "mapping.case"),
        ("mapping: {case: {mode: entrusted}}", "mapping.case.mode"),
        ("mapping: {case: {mode: {from: a, value: b}}}", "mapping.case.mode.from"),
        ("mapping: {case: {mode: {fields: {a: {from: b}}}}}", "mapping.case.mode.fields"),
        ("mapping: {case: {item: {each: a, fields: {name: {from: b}}}}}", "mapping.case.item"),
        ("mapping: {case: {materials: {each: a}}}", "mapping.case.materials.fields"),
        ("mapping: {case: {materials: {name: {from: a}}}}", "mapping.case.materials"),
        ("mapping: {case: {mode: {from: a, when: b}}}", "mapping.case.mode.when"),
        ("mapping: {case: {mode: {from: a, when: {from: b, is: c, is_not: d}}}}", "mapping.case.mode.when"),
        ("mapping: {codes: {m: {'1': fast}}, case: {mode: {from: a, code: m}}}", "mapping.codes.m.1"),
        ("mapping: {codes: {m: {}}, case: {mode: {from: a}}}", "mapping.codes.m"),
        ("mapping: {codes: {m: {'1': joint}}, case: {mode: {from: a, code: m, convert: trim}}}", "mapping.case.mode"),
        ("mapping: {case: {mode: {from: a, default: fast}}}", "mapping.case.mode.default"),
        ("mapping: {case: {contacts: {each: a, fields: {fax: {from: b}}}}}", "mapping.case.contacts.fields.fax"),
    ],
)
def test_a_mistake_in_a_mapping_is_told_at_its_key(tmp_path, mapping, key):
    found = checked(tmp_path, a1=a_system("a1", more=mapping + "\n"))
    assert [finding.key for finding in found.findings if finding.is_error] == [key]
    assert found.systems == ()


def test_a_table_nobody_uses_is_a_warning(tmp_path):
    more = "mapping: {codes: {m: {'1': joint}}, case: {mode: {from: a}}}\n"
    found = checked(tmp_path, a1=a_system("a1", more=more))
    assert found.is_clean
    assert [finding.key for finding in found.findings] == ["mapping.codes.m"]


def test_the_name_is_that_of_the_file(tmp_path):
    assert places(checked(tmp_path, b2=a_system("a1"))) == [(1, "name")]


def test_a_division_that_does_not_exist_is_told(tmp_path):
    found = checked(tmp_path, a1=a_system("a1", receives="[{divisions: ['429999']}]"))
    assert places(found) == [(6, "receives[0].divisions[0]")]


def test_a_key_of_two_systems_is_told_in_both(tmp_path):
    found = checked(tmp_path, a1=a_system("a1"), b2=a_system("b2"))
    assert [finding.file for finding in found.findings] == ["systems/a1.yaml", "systems/b2.yaml"]
    assert "systems/b2.yaml" in found.findings[0].problem.zh
    assert found.systems == ()


def test_two_systems_that_receive_the_same_are_told(tmp_path):
    rule = "[{divisions: ['422802']}]"
    found = checked(tmp_path, a1=a_system("a1", receives=rule), b2=a_system("b2", key=OTHER, receives=rule))
    assert [finding.key for finding in found.findings] == ["receives", "receives"]


def test_receiving_needs_the_feed(tmp_path):
    text = a_system("a1", receives="[{}]").replace("submit, feed", "submit")
    assert places(checked(tmp_path, a1=text)) == [(6, "receives")]


def test_a_public_key_that_is_none_is_told(tmp_path):
    jwt = "  jwt: {issuer: a, audience: b, algorithm: ES256, public_key: missing.pem}\n"
    text = a_system("a1").replace("may:", jwt + "may:")
    assert [finding.key for finding in checked(tmp_path, a1=text).findings] == ["credential.jwt.public_key"]


def test_a_folder_that_is_not_there_is_a_finding(tmp_path):
    assert not check_systems(tmp_path / "none", divisions()).is_clean


def test_the_narrowest_rule_receives(tmp_path):
    found = checked(
        tmp_path,
        wide=a_system("wide", receives="[{}]"),
        whole=a_system("whole", key=OTHER, receives="[{divisions: ['422800']}]"),
        county=a_system("county", key="0" * 64, receives="[{divisions: ['422802']}]"),
        item=a_system("item", key="1" * 64, receives="[{divisions: ['422802'], items: ['000120011000']}]"),
    )
    assert found.is_clean, render(found.findings)
    systems = Systems.of(found.systems, divisions())

    def assigned(division, item):
        body = put(put(sample(), "handler.division", division), "item.basic_code", item)
        return systems.assign(read_case(as_bytes(body), NOW))

    assert assigned("422802", "000120011000") == "item"
    assert assigned("422802100000", "000120011000") == "item"
    assert assigned("422802", "000136001000") == "county"
    assert assigned("422823", "000136001000") == "whole"
    assert assigned("500114", "000136001000") == "wide"


def test_nobody_receives_what_no_rule_names(tmp_path):
    found = checked(tmp_path, a1=a_system("a1", receives="[{divisions: ['422823']}]"))
    assert Systems.of(found.systems, divisions()).assign(read_case(sample_bytes(), NOW)) == NOBODY


def test_a_file_that_went_bad_keeps_its_last_good_version(tmp_path):
    before = Systems.of(checked(tmp_path, a1=a_system("a1"), b2=a_system("b2", key=OTHER)).systems, divisions())
    after = checked(tmp_path, a1="name: [", b2=a_system("b2", key=OTHER, more="notes: neu\n"))
    assert not after.is_clean
    assert sorted(system.name for system in keep_running(before, after)) == ["a1", "b2"]


def test_a_removed_file_ends_its_system(tmp_path):
    before = Systems.of(checked(tmp_path, a1=a_system("a1"), b2=a_system("b2", key=OTHER)).systems, divisions())
    (tmp_path / "systems/a1.yaml").unlink()
    live = keep_running(before, check_systems(tmp_path / "systems", divisions()))
    assert [system.name for system in live] == ["b2"]


def test_a_shipped_system_lives_once_it_has_a_key():
    active = replace(shipped_system("zongchuang"), status=Status.ACTIVE, keys=frozenset({KEY}))
    systems = Systems.of([active], divisions())
    assert systems.assign(read_case(sample_bytes(), NOW)) == "zongchuang"
