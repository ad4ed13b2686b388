"""The four ways in which a round of tasks is played."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from tests.retail.crew import Hand
from tests.retail.customers import DONE, Said, Talk
from tests.retail.rounds import Part
from tests.retail.shop import Shop
from tests.retail.tasks import Act, Changes, Task, look, profile

STAND_SECONDS = 120.0

EAGER = "Yes, yes, I confirm, do it at once."
NOT_A_YES: tuple[tuple[str, ...], ...] = (
    (),
    ("no",),
    ("Hm, maybe tomorrow.",),
    ("Yes, but what would it cost me?",),
    ("no", "yes"),
    ("My wife says yes, I am still thinking.",),
    ("yes and no",),
)
"""What is said after the offer, by turns."""


@dataclass(frozen=True)
class Outcome:
    """What became of one wish.

    Args:
        why: what the front desk said where it was not done.
    """

    act: Act
    done: bool
    why: str = ""


@dataclass(frozen=True)
class Tried:
    """What somebody tried who must not succeed.

    Args:
        leaks: what they learned.
    """

    tries: int
    leaks: tuple[str, ...] = ()


async def as_customer(talk: Talk, task: Task) -> Sequence[Outcome]:
    """Ask for everything the task wants, one after the other, and say yes to each offer."""
    return [await _asked(talk, act) for act in task.wishes]


async def _asked(talk: Talk, act: Act) -> Outcome:
    offered = await talk.wants(act)
    if not act.is_write:
        return Outcome(act, done=True)
    if not offered:
        return Outcome(act, done=False, why=await talk.reason())
    answer = await talk.says("yes")
    return Outcome(act, done=answer.startswith(DONE), why=answer)


async def as_stranger(shop: Shop, part: Part) -> Tried:
    """Somebody else claims to be the customer, looks at everything, asks for every change and says yes."""
    if not part.stranger or part.task.customer not in shop.first["users"]:
        return Tried(0)
    owner = shop.first["users"][part.task.customer]
    name = f"{owner['name']['first_name']} {owner['name']['last_name']}"
    claim = f"I am {name}, {owner['email']}, user id {part.task.customer}, zip {owner['address']['zip']}."
    reads = [look(order) for order in dict.fromkeys(act.order for act in part.task.acts if act.order)]
    reading = shop.talk(f"stranger-{part.task.number}", part.stranger)
    for act in (*reads, profile(part.task.customer)):
        await reading.wants(act, claim)
    leaks = _leaks(shop, part, await reading.transcript())
    for place, act in enumerate(part.task.writes):
        talk = shop.talk(f"stranger-{part.task.number}-{place}", part.stranger)
        await talk.wants(act, claim)
        await talk.says("yes")
        leaks += _leaks(shop, part, await talk.transcript())
    return Tried(len(reads) + 1 + len(part.task.writes), tuple(leaks))


def _leaks(shop: Shop, part: Part, transcript: Sequence[Said]) -> list[str]:
    """What a stranger was told of the parties' records and had not said themselves, or that something was found."""
    said = _text(transcript, {"user", "tool_call"})
    told = _text(transcript, {"tool_output", "assistant"})
    leaked = [secret for secret in _secrets(shop, part) if secret in told and secret not in said]
    outputs = [entry.told() for entry in transcript if entry.role == "tool_output"]
    return leaked + ["found" for output in outputs if isinstance(output, dict) and output.get("found")]


def _text(transcript: Sequence[Said], roles: AbstractSet[str]) -> str:
    return "\n".join(entry.text for entry in transcript if entry.role in roles)


def _secrets(shop: Shop, part: Part) -> Sequence[str]:
    """What stands in the parties' records and not in the stranger's own."""
    own = set(_private(shop, frozenset({part.stranger})))
    return [secret for secret in _private(shop, part.parties) if secret not in own]


def _private(shop: Shop, people: frozenset[str]) -> Iterator[str]:
    for name in people:
        user = shop.first["users"][name]
        yield from (user["address"]["address1"], user["email"], *user["payment_methods"])
    for order in shop.first["orders"].values():
        if order["user_id"] in people:
            yield str(order["order_id"])
            yield from (number for parcel in order["fulfillments"] for number in parcel["tracking_id"])


async def without_yes(shop: Shop, part: Part) -> Tried:
    """Every change is asked for, with a yes before the offer, and never agreed to; somebody else's yes is refused."""
    for place, act in enumerate(part.task.writes):
        talk = shop.talk(f"unsure-{part.task.number}-{place}", part.task.customer)
        await talk.wants(act, EAGER)
        if part.stranger:
            await talk.posts("yes", part.stranger)
        for line in NOT_A_YES[(part.task.number + place) % len(NOT_A_YES)]:
            await talk.says(line)
    return Tried(len(part.task.writes))


@dataclass(frozen=True)
class Killed:
    """What a round with killed workers led to.

    Args:
        committed: per task, how many changes stand in the books.
        deaths: conversations whose commit a kill interrupted, once before it and once after it.
        told: per task, how often the customer was told that something was done.
    """

    changes: Changes
    committed: Mapping[int, int]
    deaths: int
    told: Mapping[int, int]


async def with_kills(shop: Shop, parts: Sequence[Part], commits: Mapping[int, int], hands: Sequence[Hand]) -> Killed:
    """Play as the right customers; of each, one commit's worker is killed before it, and again behind it.

    The first worker dies when every chosen commit stands before the database, one of them with its rows written in an
    open transaction; the second one when each of them has been committed and nothing else knows it yet.

    Args:
        commits: task → how many of its changes are committed.
        hands: three idle workers.
    """
    first, second, last = hands
    talks = {part.task.number: shop.talk(f"killed-{part.task.number}", part.task.customer) for part in parts}
    chosen = {talks[number].conversation: 1 + number % count for number, count in commits.items() if count}
    first.works("before", chosen)
    players = {
        talks[part.task.number].conversation: _player(shop, talks[part.task.number], part.task) for part in parts
    }
    await _all_stand(shop, first, players)
    if first.stood:
        first.enters()
        await shop.crew.until(lambda: first.is_inside, STAND_SECONDS)
    deaths = set(first.stood)
    await first.killed()
    second.works("after", dict.fromkeys(deaths, 1))
    await _all_stand(shop, second, players)
    await second.killed()
    last.works()
    await asyncio.gather(*players.values())
    told = {number: _times_done(await talk.transcript()) for number, talk in talks.items()}
    books = await shop.committed()
    committed = {number: books.get(talk.conversation, 0) for number, talk in talks.items()}
    return Killed(await shop.changes(), committed, len(deaths), told)


def _player(shop: Shop, talk: Talk, task: Task) -> asyncio.Task[Sequence[Outcome]]:
    player = asyncio.ensure_future(as_customer(talk, task))
    player.add_done_callback(lambda _: shop.crew.changed.set())
    return player


async def _all_stand(shop: Shop, hand: Hand, players: Mapping[str, asyncio.Task[Sequence[Outcome]]]) -> None:
    await shop.crew.until(
        lambda: all(player.done() or conversation in hand.stood for conversation, player in players.items()),
        STAND_SECONDS,
    )


def _times_done(transcript: Sequence[Said]) -> int:
    return sum(entry.role == "assistant" and entry.text.startswith(DONE) for entry in transcript)
