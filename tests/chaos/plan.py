"""How much of what happens in one run."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """One run.

    Args:
        threads: conversations that begin in Slack; `tickets` begin in Zendesk.
        lines: what each customer writes, one line after the other.
        pause: mean seconds between two lines of a customer; every third follows at once.
        human: every how manieth conversation asks for a person near its end, 0 for none.
        credit: every how manieth conversation in a channel without outsiders asks for a credit, 0 for none.
        skew: longest seconds by which a process's clock may be wrong, either way.
        worker_kills, web_kills, store_kills: `kill -9`s at random.
        zombies: workers that are frozen for longer than their lease.
        stops: places where one worker freezes by itself for as long: between a check and what follows it.
        points: each a place where one process dies by its own `kill -9`.
        drafts: whether the desk answers nobody by itself.
        without: safeguards that are switched off.
        longest: seconds for which customers go on after their lines while a point has not been reached.
        fewest: deaths at named points without which they go on further, up to `slowest` seconds: on a crowded machine
            each birth takes its time.
        concurrency: conversations a worker holds at once; a death stalls those until they are delivered again.
        thinking: longest seconds the model takes.
        lease, redelivery: as in the environment.
        patience: seconds for everything to settle after the last line.
        moved: whether time is moved: vendors and product read a clock of the run's own, and periodic rounds are short.
        gives_up: after how many tries a vendor delivers an event no more.
        model_patience: seconds for which the desk asks a model again that fails, 0 for the store desk's own.
    """

    threads: int
    tickets: int
    lines: int
    pause: float
    human: int = 5
    credit: int = 0
    skew: float = 0.0
    worker_kills: int = 0
    web_kills: int = 0
    store_kills: int = 0
    zombies: int = 0
    points: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    longest: float = 12.0
    fewest: int = 0
    slowest: float = 120.0
    concurrency: int = 4
    faults: bool = True
    drafts: bool = False
    without: tuple[str, ...] = ()
    thinking: float = 0.4
    lease: float = 2.0
    redelivery: float = 2.0
    patience: float = 60.0
    moved: bool = False
    gives_up: int = 100
    model_patience: float = 0.0
    seed: int = 7
