"""A store holds the conversations of one Zendesk account and one Slack workspace; another one is refused."""

import pytest

from bot.domain.errors import ConfigError
from bot.domain.ids import Origin
from bot.store import keys
from bot.store.admin.tenancy import must_be_theirs
from bot.store.redis import Client

SANDBOX, PRODUCTION = "https://acme-sandbox.zendesk.com", "https://acme.zendesk.com"


async def test_the_first_account_makes_the_store_its_own(redis: Client) -> None:
    for _ in range(2):
        await must_be_theirs(redis, Origin.ZENDESK, SANDBOX, "ZENDESK_URL")

    with pytest.raises(ConfigError) as refused:
        await must_be_theirs(redis, Origin.ZENDESK, PRODUCTION, "ZENDESK_URL")

    for part in ("ZENDESK_URL", SANDBOX, PRODUCTION, "REDIS_URL", f"redis-cli DEL {keys.owner(Origin.ZENDESK)}"):
        assert part in str(refused.value)
    assert await redis.ttl(keys.owner(Origin.ZENDESK)) == -1


async def test_each_vendor_has_an_owner_of_its_own(redis: Client) -> None:
    await must_be_theirs(redis, Origin.ZENDESK, SANDBOX, "ZENDESK_URL")
    await must_be_theirs(redis, Origin.SLACK, "T0ACME", "SLACK_BOT_TOKEN")

    with pytest.raises(ConfigError, match=r"SLACK_BOT_TOKEN: .*T0ACME, and T0OTHER"):
        await must_be_theirs(redis, Origin.SLACK, "T0OTHER", "SLACK_BOT_TOKEN")


@pytest.mark.parametrize("newest", [SANDBOX, PRODUCTION, "https://ACME.zendesk.com"])
async def test_a_store_of_a_version_before_belongs_to_the_account_it_connected_last(redis: Client, newest: str) -> None:
    await redis.set(keys.connected(f"zendesk:{SANDBOX}"), "100.5")
    await redis.set(keys.connected(f"zendesk:{newest}"), "200.5")
    other = PRODUCTION if newest == SANDBOX else SANDBOX

    with pytest.raises(ConfigError, match=newest.lower()):
        await must_be_theirs(redis, Origin.ZENDESK, other, "ZENDESK_URL")
    await must_be_theirs(redis, Origin.ZENDESK, newest.lower(), "ZENDESK_URL")


async def test_one_and_the_same_under_another_name_may_be_taken_over(redis: Client) -> None:
    await must_be_theirs(redis, Origin.ZENDESK, SANDBOX, "ZENDESK_URL")
    await redis.delete(keys.owner(Origin.ZENDESK))
    await must_be_theirs(redis, Origin.ZENDESK, PRODUCTION, "ZENDESK_URL")
