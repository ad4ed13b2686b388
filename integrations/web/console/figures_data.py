"""`/console/figures.json`, `.csv` and the lists of conversations behind each figure, for other programs."""

from fastapi import APIRouter, HTTPException
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.figures.definitions import BY_PATH
from bot.figures.report import By, FiguresReader
from bot.figures.writing import as_csv, as_json
from integrations.web.access import Access
from integrations.web.console.periods import named_period, named_way

PATH = "/console/figures"
_KEPT_BY_NOBODY = {"Cache-Control": "no-store"}


def figures_data_router(access: Access, figures: FiguresReader) -> APIRouter:
    """Return the routes."""
    router = APIRouter()

    @router.get(f"{PATH}.json", response_model=None)
    async def as_one_object(request: Request) -> Response:
        access.operator(request)
        report = await figures.report(named_period(request, figures.usual()), _way(request))
        return JSONResponse(as_json(report), headers=_KEPT_BY_NOBODY)

    @router.get(f"{PATH}.csv", response_model=None)
    async def as_table(request: Request) -> Response:
        access.operator(request)
        report = await figures.report(named_period(request, figures.usual()), _way(request))
        name = f"figures-{report.period.first}-{report.period.last}-{report.by}.csv"
        headers = {**_KEPT_BY_NOBODY, "Content-Disposition": f'attachment; filename="{name}"'}
        return PlainTextResponse(as_csv(report), media_type="text/csv", headers=headers)

    @router.get(f"{PATH}/{{figure}}/conversations", response_model=None)
    async def counted(request: Request, figure: str) -> Response:
        access.operator(request)
        if figure not in BY_PATH:
            raise HTTPException(404, "there is no such figure")
        period, by, asked = named_period(request, figures.usual()), _way(request), request.query_params
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


def _way(request: Request) -> By:
    """Return what the rows stand for, days where nothing is said."""
    return named_way(request.query_params.get("by", "day"))
