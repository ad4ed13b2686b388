"""The settings with which a Zendesk account is set up and tried: the secret of its webhook is what that brings."""

from collections.abc import Iterator

from bot.app.settings import Settings


class AccountSettings(Settings):
    """An account; nothing else has to be set yet."""

    def _missing(self) -> Iterator[str]:
        if not self.zendesk_url:
            yield "ZENDESK_URL"
        yield from self.missing_credentials()


class SetupSettings(AccountSettings):
    """An account and our address, which its webhook sends to."""

    def _missing(self) -> Iterator[str]:
        yield from super()._missing()
        if not self.frontdesk_public_url:
            yield "FRONTDESK_PUBLIC_URL (our https address as Zendesk reaches it)"
