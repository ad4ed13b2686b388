"""(h) From a line to the first thing its author sees, and to the first words, at 50 lines a second."""

from collections.abc import Sequence

from bot.app.settings import Settings
from tests.bench.environment import environment
from tests.bench.lines import Line
from tests.bench.machine import machine
from tests.bench.table import Table, Target, ms, percentile

RATE, THREADS, SECONDS = 50.0, 300, 20.0
THINK, GAP = 1.0, 0.1
WORKERS = 2
SIGN, TEXT = 1.0, 1.5


async def run() -> Table:
    """Measure and return the table."""
    here, debounce = machine(), Settings(_env_file=None).frontdesk_debounce_seconds
    plan = {"threads": THREADS, "rate": RATE, "seconds": SECONDS, "think": THINK, "gap": GAP}
    async with environment() as env:
        async with env.baseline_bot() as bot:
            await env.write(bot, threads=32, seconds=2.0)
            theirs = await env.write(bot, **plan)
        async with env.ours(workers=WORKERS, FRONTDESK_DEBOUNCE_SECONDS=str(debounce)) as bot:
            await env.write(bot, threads=32, seconds=2.0)
            ours = await env.write(bot, **plan)
    sign, text = percentile(_signs(ours.lines), 0.95), percentile(_texts(ours.lines), 0.95)
    return Table(
        title=f"(h) the first sign and the first words at {RATE:.0f} lines/s in {THREADS} channels\n{here}",
        columns=("bot", "sign p50 ms", "p95 ms", "words p50 ms", "p95 ms", "calls to Slack"),
        rows=(
            _row("afternoon bot", theirs.lines, theirs.slack_calls),
            _row(f"Frontdesk, {WORKERS} workers", ours.lines, ours.slack_calls),
        ),
        targets=(
            Target("line to first sign, p95", "at most 1.0 s", f"{sign:.2f} s", sign <= SIGN),
            Target("line to first words, p95", "at most 1.5 s", f"{text:.2f} s", text <= TEXT),
        ),
        notes=(
            f"Ours waits {debounce} s for an author's next line first (the default), which is in its figures. The model"
            f" thinks for {THINK:.0f} s and then speaks for {GAP * 11:.1f} s; words are counted without its time to the"
            " first of them. The stand-in has no limits.",
            "The afternoon bot shows nothing before its whole answer; its words are counted without the model's time to"
            " the last of them.",
        ),
    )


def _signs(lines: Sequence[Line]) -> list[float]:
    return [line.sign - line.sent for line in lines]


def _texts(lines: Sequence[Line]) -> list[float]:
    """Without the model's time up to what is shown: its first words, or its last where all is shown at once."""
    return [
        line.text - line.sent - ((line.spoke if line.text < line.ended else line.ended) - line.asked) for line in lines
    ]


def _row(name: str, lines: Sequence[Line], calls: int) -> tuple[str, ...]:
    times = [ms(percentile(each, share)) for each in (_signs(lines), _texts(lines)) for share in (0.5, 0.95)]
    return (name, *times, f"{calls / len(lines):.1f}")
