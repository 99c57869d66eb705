import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.case.code.identifiers import CertificateKind
from gateway.case.code.masking import (
    lookup_key,
    mask_address,
    mask_certificate,
    mask_name,
    mask_number,
    mask_phone,
    mask_resident_id,
)

KEY = bytes(range(32))


@pytest.mark.parametrize(
    ("name", "shown"),
    [("张三丰", "张**"), ("张三", "张*"), ("买买提·吐尔逊", "买**"), ("张", "*"), ("", ""), ("𠮷野家", "𠮷**")],
)
def test_a_name_shows_its_first_character(name: str, shown: str):
    assert mask_name(name) == shown


def test_a_resident_number_shows_three_and_four():
    assert mask_resident_id("422801199001010018") == "422***********0018"
    assert mask_resident_id("422801900101001") == "422*********001"


@pytest.mark.parametrize(
    ("number", "shown"),
    [("E12345678", "E1*****78"), ("1234", "1**4"), ("123", "***"), ("", "")],
)
def test_any_other_number_shows_a_quarter_at_each_end(number: str, shown: str):
    assert mask_number(number) == shown


@given(st.text(max_size=60))
def test_a_masked_number_keeps_its_length_and_hides_at_least_half(number: str):
    shown = mask_number(number)
    assert len(shown) == len(number)
    kept = min(len(number) // 4, 3) + min(len(number) // 4, 4)
    assert shown.count("*") >= len(number) - kept >= len(number) / 2


def test_the_code_of_an_organisation_is_public():
    assert mask_certificate(CertificateKind.USCC, "11422800MB0T00015R") == "11422800MB0T00015R"
    assert mask_certificate(CertificateKind.PASSPORT, "E12345678") == "E1*****78"


@pytest.mark.parametrize(
    ("number", "shown"),
    [("13800005678", "138****5678"), ("0718-8200000", "071******000"), ("12345", "1***5")],
)
def test_a_telephone_number_is_masked(number: str, shown: str):
    assert mask_phone(number) == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("湖北省恩施州恩施市舞阳坝街道1号", "湖北省恩施州恩施市****"),
        ("湖北省恩施土家族苗族自治州利川市都亭街道清江大道小区", "湖北省恩施土家族苗族自治州利川市****"),
        ("重庆市黔江区城东市场3栋", "重庆市黔江区****"),
        ("重庆市石柱土家族自治县南宾街道", "重庆市石柱土家族自治县****"),
        ("湖北省神农架林区松柏镇", "湖北省神农架林区****"),
        ("湖南省常德市津市市三洲驿街道", "湖南省常德市津市市****"),
        ("湖北省荆州市沙市区北京路", "湖北省荆州市沙市区****"),
        ("湖南省怀化市通道侗族自治县双江镇", "湖南省怀化市通道侗族自治县****"),
        ("四川省乐山市市中区嘉定路", "四川省乐山市市中区****"),
        ("广东省广州市天河区体育西路", "广东省广州市天河区****"),
        ("贵州省遵义市播州区南白街道", "贵州省遵义市播州区****"),
        ("上海市浦东新区世纪大道", "上海市浦东新区****"),
        ("新疆维吾尔自治区喀什地区莎车县", "新疆维吾尔自治区喀什地区莎车县"),
        ("湖北省 恩施州 恩施市 施州大道", "湖北省 恩施州 恩施市****"),
        ("湖北省利川市都亭街道某小区", "湖北省利川市****"),
        ("河北省石家庄市新乐市长寿路", "河北省石家庄市新乐市****"),
        ("湖北省仙桃市沔城镇市区某号", "湖北省仙桃市****"),
        ("江西省景德镇市昌江区新枫街道", "江西省景德镇市昌江区****"),
        ("甘肃省临夏回族自治州东乡族自治县锁南镇", "甘肃省临夏回族自治州东乡族自治县****"),
        ("湖南省长沙市宁乡市玉潭街道", "湖南省长沙市宁乡市****"),
        ("浙江省台州市路桥区路北街道", "浙江省台州市路桥区****"),
        ("恩施市舞阳大道1号", "恩施市****"),
        ("湖北省湖南省", "湖北省****"),
        ("施州大道1号", "****"),
        ("幸福小区3栋", "****"),
        ("No. 1, Some Road", "****"),
        ("", ""),
    ],
)
def test_an_address_is_shown_down_to_its_county(address: str, shown: str):
    assert mask_address(address) == shown


@given(st.text(max_size=80))
def test_a_masked_address_shows_nothing_but_a_beginning(address: str):
    shown = mask_address(address)
    assert shown == address or address.startswith(shown.removesuffix("****"))


def test_a_look_up_key_is_hmac_sha_256():
    # RFC 4231 §4.8 (test case 7), a key longer than a block.
    key = bytes([0xAA]) * 131
    value = (
        "This is a test using a larger than block-size key and a larger than block-size data. "
        "The key needs to be hashed before being used by the HMAC algorithm."
    )
    assert lookup_key(value, key) == "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"


def test_a_look_up_key_depends_on_the_value_and_on_the_secret():
    one = lookup_key("422801199001010018", KEY)
    assert one == lookup_key("422801199001010018", KEY)
    assert one != lookup_key("422801199001010026", KEY)
    assert one != lookup_key("422801199001010018", KEY[::-1])


def test_a_short_secret_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        lookup_key("422801199001010018", KEY[:31])
