"""Connects our own HTTP API: `/chat` with its sessions, and the operators' `/console`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.desk.loading.desk import desk_folder, is_built_in
from bot.domain.capabilities import Capabilities
from bot.domain.ids import Origin
from bot.domain.ratings import RatingLinks
from bot.review.case_files import CASES, CaseShelf
from bot.runtime.connectors import CheckResult, Connector, Core, Side, Surroundings
from bot.store.records.rating_key import rating_key

if TYPE_CHECKING:
    from starlette.routing import Router

    from integrations.web.access import ApiKey


@dataclass(frozen=True)
class WebValues:
    """What the API needs of the settings."""

    frontdesk_api_keys: "Sequence[ApiKey]" = field(repr=False)
    frontdesk_max_message_chars: int
    frontdesk_rate_per_minute: int
    frontdesk_data_dir: Path
    frontdesk_public_url: str = ""
    frontdesk_desk: str = "store"
    frontdesk_retention_days: float = 90.0


class WebSide(Side):
    """The API; its callers wait for their answers, so that nothing is written anywhere."""

    def __init__(self, values: WebValues, _around: Surroundings) -> None:
        self._values = values

    def routes(self, core: Core) -> "Sequence[Router]":
        """Return `/chat`, `/rate`, `/conversation` and `/console`."""
        from integrations.web.access import Access  # FastAPI: a worker alone does without
        from integrations.web.chat import ChatLimits, ChatRoutes
        from integrations.web.console.routes import console_routes
        from integrations.web.conversation import conversation_router
        from integrations.web.rate import RatePage

        values, first = self._values, core.first_specialist
        access = Access(values.frontdesk_api_keys)
        limits = ChatLimits(values.frontdesk_max_message_chars, values.frontdesk_rate_per_minute)
        chat = ChatRoutes(
            *(access, core.inbox, core.conversations, core.rate, core.clock, limits),
            first_specialist=first,
            languages=core.languages,
            disclosure=core.disclosure,
        )
        rating = RatePage(partial(self._rating_links, core), core.conversations, core.inbox, core.clock)
        return (
            chat.router(),
            rating.router(),
            conversation_router(access, core.conversations, first_specialist=first),
            *console_routes(
                *(access, core, values.frontdesk_data_dir),
                cases=self._shelf,
                retention_days=values.frontdesk_retention_days,
            ),
        )

    def _shelf(self) -> CaseShelf:
        """A built-in desk's folder is the package's: its cases stand among the data."""
        values = self._values
        folder = desk_folder(values.frontdesk_desk)
        home = values.frontdesk_data_dir if is_built_in(folder) else folder
        return CaseShelf(home / CASES, folder.name)

    async def _rating_links(self, core: Core) -> RatingLinks | None:
        address = self._values.frontdesk_public_url
        return RatingLinks(address, await rating_key(core.client)) if address else None

    def slips(self) -> Sequence[CheckResult]:
        """Tell where the API is closed."""
        if self._values.frontdesk_api_keys:
            return ()
        return (CheckResult("/chat and /console: off (FRONTDESK_API_KEYS is not set)"),)


WEB = Connector(Origin.CHAT, Capabilities(waits_for_answer=True), WebValues, WebSide)
