"""Reads a sorted set by time in pages: one command that replies with a million names holds up everybody."""

from collections.abc import AsyncIterator

from bot.store.redis import Client


async def by_time(client: Client, key: str, since: float, page: int) -> AsyncIterator[list[tuple[str, float]]]:
    """Yield names with their times from `since` on, a page at a time.

    What gets another time meanwhile may come twice, or in the next round. Whoever takes names out does so at the end.
    """
    start, known = since, 0
    while rows := await client.zrangebyscore(key, start, "+inf", start=known, num=page, withscores=True):
        yield [(raw.decode(), at) for raw, at in rows]
        last = rows[-1][1]
        same = sum(at == last for _, at in rows)
        start, known = last, known + same if last == start else same
