"""`/console/figures.json`, `.csv` and the lists of conversations behind each figure, for other programs."""

from fastapi import APIRouter, HTTPException
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.figures.definitions import BY_PATH
from bot.figures.report import WAYS, By, FiguresReader, NoSuchPeriod, Period
from bot.figures.writing import as_csv, as_json
from integrations.web.access import Access

PATH = "/console/figures"
_KEPT_BY_NOBODY = {"Cache-Control": "no-store"}


def figures_data_router(access: Access, figures: FiguresReader) -> APIRouter:
    """Return the routes."""
    router = APIRouter()

    @router.get(f"{PATH}.json", response_model=None)
    async def as_one_object(request: Request) -> Response:
        access.operator(request)
        report = await figures.report(period_of(request, figures), way_of(request))
        return JSONResponse(as_json(report), headers=_KEPT_BY_NOBODY)

    @router.get(f"{PATH}.csv", response_model=None)
    async def as_table(request: Request) -> Response:
        access.operator(request)
        report = await figures.report(period_of(request, figures), way_of(request))
        name = f"figures-{report.period.first}-{report.period.last}-{report.by}.csv"
        headers = {**_KEPT_BY_NOBODY, "Content-Disposition": f'attachment; filename="{name}"'}
        return PlainTextResponse(as_csv(report), media_type="text/csv", headers=headers)

    @router.get(f"{PATH}/{{figure}}/conversations", response_model=None)
    async def counted(request: Request, figure: str) -> Response:
        access.operator(request)
        if figure not in BY_PATH:
            raise HTTPException(404, "there is no such figure")
        period, by, asked = period_of(request, figures), way_of(request), request.query_params
        try:
            page = await figures.conversations(figure, period, _next(asked), by, asked.get("key", ""))
        except ValueError as error:
            raise HTTPException(422, "next or key is none that was given") from error
        told = {"conversations": list(page.conversations), "next": page.next or None}
        return JSONResponse(told, headers=_KEPT_BY_NOBODY)

    return router


def _next(asked: QueryParams) -> str:
    """Return where the page begins; the name is that of the answer, or what one would take it for."""
    return asked.get("next", "") or asked.get("after", "")


def period_of(request: Request, figures: FiguresReader) -> Period:
    """Return the period that a request names, the last 7 days where it names none.

    Raises:
        HTTPException: 422, it names none that there is.
    """
    asked = request.query_params
    try:
        return Period.of(asked.get("from", ""), asked.get("to", ""), figures.usual().last)
    except NoSuchPeriod as error:
        raise HTTPException(422, str(error)) from error


def way_of(request: Request) -> By:
    """Return what the rows stand for, days where nothing is said.

    Raises:
        HTTPException: 422, there is no such way.
    """
    said = request.query_params.get("by", "day")
    found = next((way for way in WAYS if way == said), None)
    if found is None:
        raise HTTPException(422, f"by is one of {', '.join(WAYS)}")
    return found
