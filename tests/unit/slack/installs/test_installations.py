"""What the store keeps of installations: encrypted, bound to its place, and gone when its installation is."""

from collections.abc import Awaitable, Callable

import pytest

from bot.domain.errors import SignedOut, TemporaryFailure
from bot.domain.secret_keys import is_key, new_key
from bot.store import keys
from bot.store.records.sealed_records import SealedRecords
from bot.store.redis import Client, Scripts
from integrations.slack.inbound.incoming import AccessChanged, Removed
from integrations.slack.installs.installation import Installation
from integrations.slack.installs.installations import REMEMBER_SECONDS, Installations
from integrations.slack.installs.removal import Removal
from integrations.slack.installs.seal import Seal
from tests.doubles.clock import ManualClock

BRANCH = Installation("T0BRANCH", "", "xoxb-branch", "Branch", at=100.0)
NORTH = Installation("T0NORTH", "E0ACME", "xoxb-north", "North", at=100.0)
WHOLE = Installation("", "E0ACME", "xoxb-whole", "Acme", at=200.0)


@pytest.fixture
def kept(redis: Client) -> Callable[..., Installations]:
    """Open the installations of the store with keys, as one process does."""

    def open_with(*secret_keys: str) -> Installations:
        return Installations(SealedRecords(Scripts(redis), keys.INSTALLS), Seal(secret_keys), ManualClock())

    return open_with


@pytest.mark.parametrize("text", ["", "short", "x" * 44, "A" * 43, "A" * 40])
def test_what_is_no_key_of_32_bytes_is_none(text: str) -> None:
    assert not is_key(text)


def test_both_alphabets_of_base64_are_taken() -> None:
    assert is_key("+/" + "A" * 41 + "=")
    assert is_key("-_" + "A" * 41 + "=")


async def test_another_process_with_the_same_key_finds_it_and_one_with_another_does_not(
    kept: Callable[..., Installations], redis: Client
) -> None:
    key = new_key()
    await kept(key).save(BRANCH)

    assert await kept(key).of("T0BRANCH") == BRANCH
    assert await kept(key).of("T0OTHER") is None
    with pytest.raises(SignedOut, match="FRONTDESK_SECRET_KEY"):
        await kept(new_key()).of("T0BRANCH")
    assert await kept(new_key()).sealed_with_old_key() == 0  # nobody's key opens it: that is another matter
    assert await kept(new_key()).has("T0BRANCH")
    assert b"xoxb" not in b"".join((await redis.hgetall(keys.INSTALLS)).values())


async def test_a_record_that_was_put_under_another_name_is_refused(
    kept: Callable[..., Installations], redis: Client
) -> None:
    key = new_key()
    await kept(key).save(BRANCH)
    await redis.hset(keys.INSTALLS, "team:T0NORTH", await redis.hget(keys.INSTALLS, "team:T0BRANCH"))

    with pytest.raises(SignedOut, match="belongs to team:T0BRANCH"):
        await kept(key).of("T0NORTH")


async def test_while_there_are_two_keys_everything_gets_the_new_one(kept: Callable[..., Installations]) -> None:
    old, new = new_key(), new_key()
    await kept(old).save(BRANCH)
    await kept(old).save(WHOLE)
    await kept(old).joined("T0NORTH", "E0ACME", 1.0)
    both = kept(new, old)
    before = await both.sealed_with_old_key()

    assert before == 2
    assert await both.reseal() == 2
    assert await both.reseal() == 0
    assert await kept(new).of("T0BRANCH") == BRANCH
    assert await kept(new).of("T0NORTH") == WHOLE


async def test_an_installation_that_was_renewed_while_it_was_encrypted_anew_stays(
    kept: Callable[..., Installations], redis: Client
) -> None:
    old, new = new_key(), new_key()
    await kept(old).save(BRANCH)
    stale = (await redis.hget(keys.INSTALLS, "team:T0BRANCH")).decode()
    newer = Installation("T0BRANCH", "", "xoxb-newer", at=300.0)
    await kept(new).save(newer)
    swapped = await SealedRecords(Scripts(redis), keys.INSTALLS).swap("team:T0BRANCH", stale, "x")

    assert not swapped
    assert await kept(new).of("T0BRANCH") == newer


async def test_an_organisations_token_counts_in_its_workspaces_until_it_is_withheld(
    kept: Callable[..., Installations],
) -> None:
    installs = kept(new_key())
    await installs.save(WHOLE)
    seen = [await installs.of("T0NORTH")]
    await installs.joined("T0NORTH", "E0ACME", 10.0)
    seen.append(await installs.of("T0NORTH"))
    await installs.left("T0NORTH", "E0ACME", 20.0)
    seen.append(await installs.of("T0NORTH"))
    await installs.joined("T0NORTH", "E0ACME", 15.0)  # an event that was still on its way
    seen.append(await installs.of("T0NORTH"))
    await installs.joined("T0NORTH", "E0ACME", 21.0)
    seen.append(await installs.of("T0NORTH"))

    assert seen == [None, WHOLE, None, None, WHOLE]


async def test_of_two_that_count_for_a_workspace_the_newer_one_does(kept: Callable[..., Installations]) -> None:
    installs = kept(new_key())
    for each in (WHOLE, NORTH):
        await installs.save(each)
    await installs.joined("T0NORTH", "E0ACME", 10.0)

    assert await installs.of("T0NORTH") == WHOLE
    await installs.remove("", "E0ACME")
    assert await installs.of("T0NORTH") == NORTH


async def test_another_process_forgets_within_seconds(redis: Client) -> None:
    seal, clock, records = Seal([new_key()]), ManualClock(), SealedRecords(Scripts(redis), keys.INSTALLS)
    one, other = Installations(records, seal, clock), Installations(records, seal, clock)
    await one.save(BRANCH)
    assert await other.of("T0BRANCH") == BRANCH
    await one.remove("T0BRANCH")
    clock.advance(REMEMBER_SECONDS + 0.1)

    assert await other.of("T0BRANCH") is None


def answering(answer: bool | Exception) -> Callable[[Installation], Awaitable[bool]]:
    """Return what Slack says of a token."""

    async def works(_: Installation) -> bool:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return works


ENDS: dict[str, tuple[Removed, set[str]]] = {
    "a workspace's": (Removed("T0BRANCH", "app_uninstalled", at=101.0), {"team:T0BRANCH"}),
    "an organisation's, seen from a workspace": (
        Removed("T0NORTH", "app_uninstalled", "E0ACME", at=201.0),
        {"org:E0ACME"},
    ),
    "an organisation's, seen from nowhere": (Removed("E0ACME", "tokens_revoked", "E0ACME", at=201.0), {"org:E0ACME"}),
    "one that nobody knows": (Removed("T0OTHER", "app_uninstalled", at=201.0), set()),
    "one of no time": (Removed("T0BRANCH", "app_uninstalled"), {"team:T0BRANCH"}),
}


@pytest.mark.parametrize(("removed", "gone"), ENDS.values(), ids=ENDS.keys())
async def test_an_end_takes_its_own_installation_and_no_other(
    kept: Callable[..., Installations], removed: Removed, gone: set[str]
) -> None:
    installs = kept(new_key())
    for each in (BRANCH, NORTH, WHOLE):
        await installs.save(each)
    before = set(await installs.all())
    await Removal(installs, answering(True)).removed(removed)

    assert before - set(await installs.all()) == gone


LATE: dict[str, tuple[bool | Exception, bool]] = {
    "Slack takes the new token": (True, True),
    "Slack refuses it": (SignedOut("auth.test: token_revoked"), False),
}


@pytest.mark.parametrize(("answer", "stays"), LATE.values(), ids=LATE.keys())
async def test_news_older_than_a_new_installation_count_if_its_token_is_refused(
    kept: Callable[..., Installations], answer: bool | Exception, stays: bool
) -> None:
    installs = kept(new_key())
    await installs.save(BRANCH)
    await Removal(installs, answering(answer)).removed(Removed("T0BRANCH", "app_uninstalled", at=50.0))

    assert (await installs.of("T0BRANCH") is not None) == stays


async def test_late_news_come_again_where_slack_does_not_say(kept: Callable[..., Installations]) -> None:
    installs = kept(new_key())
    await installs.save(BRANCH)
    removal = Removal(installs, answering(TemporaryFailure("auth.test: 503")))

    with pytest.raises(TemporaryFailure):
        await removal.removed(Removed("T0BRANCH", "app_uninstalled", at=50.0))
    assert await installs.of("T0BRANCH") == BRANCH


async def test_access_is_kept_for_each_workspace(kept: Callable[..., Installations]) -> None:
    installs = kept(new_key())
    await installs.save(WHOLE)
    removal = Removal(installs, answering(True))
    await removal.access_changed(AccessChanged(("T0NORTH", "T0SOUTH"), True, "E0ACME", 10.0))
    await removal.access_changed(AccessChanged(("T0SOUTH",), False, "E0ACME", 11.0))

    assert [await installs.of("T0NORTH"), await installs.of("T0SOUTH")] == [WHOLE, None]
