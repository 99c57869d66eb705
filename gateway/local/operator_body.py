"""What an operator's command sends, read from JSON into a shape, or everything that is wrong with it."""

from typing import Annotated, TypeVar

from aiohttp import web
from pydantic import StringConstraints, TypeAdapter, ValidationError

from gateway.local.canonical_in import bad_request
from gateway.local.findings import field_findings
from gateway.local.outline import Outline
from gateway.local.requests import CASE_BYTES, JSON, read_body
from gateway.local.strict_json import read_object

Who = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z._@-]{1,64}$")]
"""An operator, as the audit names them."""

Shape = TypeVar("Shape")


async def operator_body(request: web.Request, shape: TypeAdapter[Shape], most: int = CASE_BYTES) -> Shape:
    """Return the body of a request.

    Args:
        most: bytes it may have.

    Raises:
        GatewayError: BAD_REQUEST with findings; what reading a body raises.
    """
    body = read_object(await read_body(request, most, JSON))
    findings = list(body.findings)
    try:
        read = shape.validate_python(body.data)
    except ValidationError as error:
        findings += field_findings(error, body.data, Outline.of(shape))
        raise bad_request(tuple(findings)) from None
    if findings:
        raise bad_request(tuple(findings))
    return read
