"""The settings with which a Zendesk account is set up, tried or read: its webhook's secret is what a setup brings."""

from collections.abc import Iterator
from typing import ClassVar

from bot.app.settings import Settings


class AccountSettings(Settings):
    """An account; nothing else has to be set yet."""

    def _missing(self) -> Iterator[str]:
        if not self.zendesk_url:
            yield "ZENDESK_URL"
        yield from self.missing_credentials()


class SetupSettings(AccountSettings):
    """An account and our address, which its webhook sends to; the webhook's secret is written by the setup."""

    brought: ClassVar = frozenset({"zendesk_webhook_secret"})

    def _missing(self) -> Iterator[str]:
        yield from super()._missing()
        if not self.frontdesk_public_url:
            yield "FRONTDESK_PUBLIC_URL (our https address as Zendesk reaches it)"


class HistorySettings(AccountSettings):
    """An account whose past tickets are read, and a model."""

    def _missing(self) -> Iterator[str]:
        if not self.zendesk_url:
            yield "ZENDESK_URL (or say --tickets FILE.jsonl, which needs no account)"
        else:
            yield from (*super()._missing(), *self._missing_model())


class FileSettings(Settings):
    """A model; the tickets come from a file."""

    def _missing(self) -> Iterator[str]:
        yield from (name for name in self._missing_model() if name.startswith("OPENAI"))
