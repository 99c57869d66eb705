"""Numbers, flags, sizes, durations and days that other programs would read in another way: refused, with what to write instead."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.files.misfits import Misfit
from gateway.files.numbers import flag, ratio, whole
from gateway.files.quantities import byte_size, day, duration, end_moment, size_text, start_moment
from gateway.files.telephone import phone


def advice(read, text: str) -> str:
    with pytest.raises(Misfit) as caught:
        read(text)
    assert caught.value.problem.zh
    return caught.value.fix.en


@pytest.mark.parametrize(
    ("read", "text", "wanted"),
    [
        (whole, "010", "write 10"),
        (whole, "08", "write 8"),
        (whole, "1_000", "write 1000"),
        (whole, "1,000", "write 1000"),
        (whole, "1 000", "write 1000"),
        (whole, "1e3", "write 1000"),
        (whole, "0x10", "write 16"),
        (whole, "0o17", "write 15"),
        (whole, "5个工作日", "write 5"),
        (whole, "5 天", "write 5"),
        (whole, "3.0", "write 3"),
        (whole, "3.5", "write a whole number"),
        (whole, "12:30", "write digits"),
        (whole, "十", "write digits"),
        (whole, "９", "type it half-width: 9"),
        (whole, "9" * 5000, "write digits"),
        (ratio, "1,6", "write 1.6"),
        (ratio, "inf", "write digits"),
        (ratio, "1e1", "write 10"),
        (flag, "yes", "write true"),
        (flag, "no", "write false"),
        (flag, "ON", "write true"),
        (flag, "off", "write false"),
        (flag, "否", "write false"),
        (flag, "perhaps", "write true or false"),
        (duration, "5 sec", "write 5s"),
        (duration, "1h30m", "write 90m"),
        (duration, "00:05:00", "write 5m"),
        (duration, "PT12H", "write 12h"),
        (duration, "一小时", "write a number and a unit, such as 30s, 5m, 4h or 2d"),
        (duration, "12:30", "write a number and a unit, such as 30s, 5m, 4h or 2d"),
        (duration, "300", "write a number and a unit, such as 30s, 5m, 4h or 2d"),
        (byte_size, "20MB", "write 20MiB"),
        (byte_size, "1.5GiB", "write 1536MiB"),
        (byte_size, "20,971,520", "write 20MiB"),
        (byte_size, "20", "write a number and KiB, MiB or GiB, such as 20MiB"),
        (day, "2026/3/1", "write 2026-03-01"),
        (day, "20260301", "write 2026-03-01"),
        (day, "2026年3月1日", "write 2026-03-01"),
        (day, "2027-02-29", "the last day of that month is 2027-02-28"),
        (day, "1.3.2026", "write year-month-day, such as 2026-03-01"),
        (start_moment, "2026-03-01 08:30", "write 2026-03-01T08:30:00+08:00"),
        (start_moment, "2026/3/1", "write 2026-03-01"),
        (end_moment, "2026-03-01T08:30:00", "write 2026-03-01T08:30:00+08:00"),
        (end_moment, "2026-04-31", "the last day of that month is 2026-04-30"),
    ],
)
def test_a_form_that_can_be_read_in_two_ways_is_refused_and_the_right_one_is_named(read, text, wanted) -> None:
    assert advice(read, text) == wanted


def test_what_is_written_in_one_way_only_is_read() -> None:
    assert [whole(text) for text in ("0", "7", "-3", "600000")] == [0, 7, -3, 600_000]
    assert [ratio(text) for text in ("1", "1.6", "0.25")] == [1.0, 1.6, 0.25]
    assert [flag(text) for text in ("true", "True", "false", "FALSE")] == [True, True, False, False]
    assert phone("+86 (0718) 8222222") == "+86 (0718) 8222222"


def test_a_leading_zero_says_what_other_programs_would_make_of_it() -> None:
    with pytest.raises(Misfit) as caught:
        whole("010")

    assert caught.value.problem.zh == "“010”以 0 开头, 有的程序会读成 8"


def test_a_telephone_number_that_cannot_be_dialled_says_how_to_write_one() -> None:
    assert "0718-8222222" in advice(phone, "8222222转801")


@given(st.integers(0, 10**15 - 1))
def test_a_size_written_out_is_read_back(value: int) -> None:
    assert byte_size(size_text(value)) == value


READERS = (whole, ratio, flag, duration, byte_size, day, start_moment, end_moment, phone)
SCALARS = st.text(max_size=60) | st.text("0123456789.:-/_,eExXoTZ 年月日时分秒天MGKiBsmhd", max_size=60)


def refused(read, text: str) -> Misfit | None:
    try:
        read(text)
    except Misfit as misfit:
        return misfit
    return None


@pytest.mark.parametrize("read", READERS)
@given(SCALARS)
def test_no_text_does_more_than_fit_or_be_refused(read, text: str) -> None:
    misfit = refused(read, text)
    if misfit:
        assert misfit.fix.zh
        assert len(misfit.problem.zh) < 200


@pytest.mark.parametrize("read", READERS[:8])
@given(SCALARS)
@example("10000000")
@example("1000000000")
@example("1" + "0" * 15)
@example("1" + "0" * 14 + "GB")
def test_what_is_advised_is_taken(read, text: str) -> None:
    misfit = refused(read, text)
    advised = misfit.fix.en.removeprefix("write ").removeprefix("type it half-width: ") if misfit else "digits"
    if " " in advised or advised == "digits":
        return
    second = refused(read, advised)
    assert second is None or "hundred years" in second.problem.en
