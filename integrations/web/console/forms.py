"""Reads what a page of the console sends: a form of a browser, or JSON of a program, with the page's token."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request

from integrations.web.access import Access, Caller

FORM = "application/x-www-form-urlencoded"


def is_form(request: Request) -> bool:
    """Return whether a browser sent it."""
    return request.headers.get("content-type", "").startswith(FORM)


async def fields_of(request: Request, access: Access, caller: Caller) -> Mapping[str, str]:
    """Return the fields of a form, nothing for what is no form.

    Raises:
        HTTPException: 403, the page's token is missing or another one.
    """
    given = parse_qsl((await request.body()).decode("utf-8", "replace")) if is_form(request) else []
    fields = dict(given)
    access.checked(caller, request.headers.get("x-csrf-token", "") or fields.pop("csrf_token", ""))
    return fields
