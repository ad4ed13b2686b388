"""(h) From a line to the first thing its author sees, and to the first words.

Once at a rate at which nobody is saturated, and once at one at which the afternoon bot is.
"""

from collections.abc import Sequence

from bot.app.settings import Settings
from tests.bench.environment import Bot, Environment, Outcome, environment
from tests.bench.lines import Line
from tests.bench.machine import machine
from tests.bench.table import Table, at_most, ms, percentile

RATES, THREADS, SECONDS = (20.0, 50.0), 300, 20.0
THINK, GAP = 1.0, 0.1
WORKERS = 2
SIGN, SIGN_SATURATED, TEXT = 0.02, 1.0, 1.5


async def run() -> Table:
    """Measure and return the table."""
    here, debounce = machine(), Settings(_env_file=None).frontdesk_debounce_seconds
    async with environment() as env:
        async with env.baseline_bot() as bot:
            theirs = await _at_each_rate(env, bot)
        async with env.ours(workers=WORKERS, FRONTDESK_DEBOUNCE_SECONDS=str(debounce)) as bot:
            ours = await _at_each_rate(env, bot)
    calm, busy = ours
    both = list(zip(RATES, theirs, ours, strict=True))
    return Table(
        title=f"(h) the first sign and the first words in {THREADS} channels\n{here}",
        columns=("lines/s", "bot", "sign p50 ms", "p95 ms", "words p50 ms", "p95 ms", "calls to Slack"),
        rows=[row for rate, their, own in both for row in _rows(rate, their, own)],
        targets=(
            at_most(
                f"line to first sign at {RATES[0]:.0f}/s beyond the debounce, p95", _late(calm) - debounce, SIGN, " s"
            ),
            at_most(f"line to first sign at {RATES[1]:.0f}/s, p95", _late(busy), SIGN_SATURATED, " s"),
            at_most(f"line to first words at {RATES[1]:.0f}/s, p95", percentile(_texts(busy.lines), 0.95), TEXT, " s"),
        ),
        notes=(
            f"Ours waits {debounce} s for an author's next line first (the default), which is in its figures. The model"
            f" thinks for {THINK:.0f} s and then speaks for {GAP * 11:.1f} s; words are counted without its time to the"
            " first of them. The stand-in has no limits.",
            "The afternoon bot shows nothing before its whole answer; its words are counted without the model's time to"
            f" the last of them. At {RATES[0]:.0f} lines a second nobody is saturated, at {RATES[1]:.0f} it is.",
        ),
    )


async def _at_each_rate(env: Environment, bot: Bot) -> list[Outcome]:
    await env.write(bot, threads=32, seconds=2.0)
    plan = {"threads": THREADS, "seconds": SECONDS, "think": THINK, "gap": GAP}
    return [await env.write(bot, rate=rate, **plan) for rate in RATES]


def _rows(rate: float, theirs: Outcome, ours: Outcome) -> Sequence[tuple[str, ...]]:
    return (
        (f"{rate:.0f}", *_row("afternoon bot", theirs.lines, theirs.slack_calls)),
        ("", *_row(f"Frontdesk, {WORKERS} workers", ours.lines, ours.slack_calls)),
    )


def _late(outcome: Outcome) -> float:
    return percentile(_signs(outcome.lines), 0.95)


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
