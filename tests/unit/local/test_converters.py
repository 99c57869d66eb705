import pytest

from gateway.files.misfits import Misfit
from gateway.local.converters import CONVERTERS
from gateway.local.rules import parse_source
from gateway.local.strict_json import Number


@pytest.mark.parametrize(
    ("name", "value", "made"),
    [
        ("trim", " a ", "a"),
        ("upper", "ab", "AB"),
        ("lower", "AB", "ab"),
        ("half_width", "１３９", "139"),
        ("yyyyMMdd", "20261124", "2026-11-24T00:00:00+08:00"),
        ("yyyyMMddHHmmss", "20261124093000", "2026-11-24T09:30:00+08:00"),
        ("yyyyMMddTHHmmss", "20261124T093000", "2026-11-24T09:30:00+08:00"),
        ("yyyy-MM-dd HH:mm:ss", "2026-11-24 09:30:00", "2026-11-24T09:30:00+08:00"),
        ("day", "20261124", "2026-11-24"),
        ("epoch_ms", Number("1795484096000"), "2026-11-24T01:34:56+00:00"),
        ("whole", "0012", 12),
        ("flag", "是", True),
        ("flag", False, False),
        ("flag", Number("0"), False),
        ("sha256", "AB" * 32, "ab" * 32),
        (
            "sha256",
            "LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564=",
            "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
        ),
    ],
)
def test_a_value_is_converted(name, value, made):
    assert CONVERTERS[name](value) == made


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("trim", 1.5),
        ("trim", {"a": 1}),
        ("yyyyMMdd", "20261131"),
        ("yyyyMMdd", "2026-11-24"),
        ("yyyyMMddHHmmss", "20261124"),
        ("day", "2026"),
        ("epoch_ms", "-1"),
        ("whole", "1.0"),
        ("whole", "１"),
        ("flag", "maybe"),
        ("sha256", "00"),
        ("sha256", "zz" * 32),
    ],
)
def test_what_does_not_fit_is_refused_without_being_repeated(name, value):
    with pytest.raises(Misfit) as told:
        CONVERTERS[name](value)
    assert str(value) not in told.value.problem.zh + told.value.problem.en


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("a", ("a",)),
        ("a.b[0].c", ("a", "b", 0, "c")),
        ("$.a[2]", ("a", 2)),
        ("申请人.姓名", ("申请人", "姓名")),
        ("a[0][1]", ("a", 0, 1)),
    ],
)
def test_a_path_is_read(text, steps):
    source = parse_source(text)
    assert source.steps == steps
    assert source.from_root is text.startswith("$.")


@pytest.mark.parametrize("text", ["", ".", "a.", "a..b", ".a", "a[b]", "a[0]b", "a.[0]", "$", "a b", "a["])
def test_what_is_no_path_is_none(text):
    assert parse_source(text) is None
