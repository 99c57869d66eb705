"""What is wrong with what an account is to be, or with a password, each next to its field."""

from collections.abc import Collection, Mapping

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.staff import Role, login_problem, roles_problem
from gateway.case.texts import Text
from gateway.trust.passwords import password_problem

MOST_TEXT = 100


def account_findings(login: str, roles: Collection[Role], texts: Mapping[str, str]) -> list[FieldFinding]:
    """Return what is wrong with a login, roles, and texts of 1 to 100 characters."""
    problems = (("login", login_problem(login)), ("roles", roles_problem(roles)))
    findings = [FieldFinding(name, problem, problem) for name, problem in problems if problem]
    return findings + [
        FieldFinding(name, _EMPTY, Text(f"1 至 {MOST_TEXT} 个字", f"1 to {MOST_TEXT} characters"))
        for name, text in texts.items()
        if not 1 <= len(text.strip()) <= MOST_TEXT
    ]


def password_findings(password: str, login: str) -> list[FieldFinding]:
    """Return what is wrong with a new password."""
    problem = password_problem(password, login)
    return [FieldFinding("password", _WEAK, problem)] if problem else []


def place_finding(region: str) -> FieldFinding:
    """Return the finding about a division that is not within a region."""
    return FieldFinding("division", _ELSEWHERE, _WITHIN.format(region=region))


def taken() -> GatewayError:
    """Return the refusal of a login that is somebody else's."""
    return GatewayError(Reason.BAD_REQUEST, findings=[FieldFinding("login", _TAKEN, _ANOTHER)], count=1)


def wrong_code() -> GatewayError:
    """Return the refusal of a wrong code of the second factor, or none."""
    return GatewayError(Reason.BAD_REQUEST, findings=[FieldFinding("code", _NO_CODE, _THE_APP)], count=1)


def refuse(findings: Collection[FieldFinding]) -> None:
    """Raise BAD_REQUEST with findings, if there are any."""
    if findings:
        raise GatewayError(Reason.BAD_REQUEST, findings=list(findings), count=len(findings))


_TAKEN = Text("这个登录名已有人用", "somebody else has this login")
_NO_CODE = Text("验证码不对或已用过", "the code is wrong, or was used")
_THE_APP = Text("输入认证器上现在的六位数字", "type the six digits the authenticator shows now")
_ANOTHER = Text("换一个", "choose another")
_EMPTY = Text("没有填写或太长", "it is empty or too long")
_ELSEWHERE = Text("区划不在本地区内", "the division is not within this region")
_WITHIN = Text("填写 {region} 内的十二位区划代码", "give a twelve-digit division code within {region}")
_WEAK = Text("密码不符合要求", "the password is not good enough")
