"""The query code of a case or joint case (查询码), computed whenever it is needed and kept nowhere."""

from gateway.case.code.query_codes import PURPOSE, query_code
from gateway.trust.vault import Vault


def query_code_of(vault: Vault, number: str) -> str:
    """Return the query code of a number this region gave; the same for ever."""
    return query_code(vault.lookup(number.encode(), PURPOSE))
