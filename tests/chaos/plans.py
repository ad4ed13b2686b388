"""The runs of the short form (in `make test`) and of the long one (`make chaos`)."""

from dataclasses import replace

from tests.chaos.crash_points import RELAY, WEB_STEPS, WORKER_STEPS, points
from tests.chaos.plan import Plan

EVERY_POINT = tuple(points(WEB_STEPS) + points(WORKER_STEPS))
AFTER_SAYING = ("after slack chat.postMessage", "after slack chat.stopStream", "before settle")
AFTER_LEARNING = ("after journal", "before commit")
NEITHER = ("fence", "read-back")
BETWEEN = (
    "before commit",
    "before settle",
    "before slack chat.postMessage",
    "before slack chat.stopStream",
    "before zendesk PUT tickets",
    f"before {RELAY}",
)
"""Where a worker has just been told that the conversation is its own, and acts on it."""

SHORT = Plan(
    threads=12,
    tickets=4,
    lines=3,
    pause=1.0,
    human=2,
    points=EVERY_POINT,
    fewest=8,
    stops=("before commit",),
    zombies=1,
    store_kills=1,
    thinking=0.2,
)
SHORT_CONTROL = Plan(
    threads=14,
    tickets=0,
    lines=6,
    pause=1.0,
    human=0,
    worker_kills=4,
    zombies=5,
    stops=BETWEEN[:4],
    thinking=1.5,
    patience=3,
    concurrency=200,
    without=NEITHER,
)

LONG = Plan(
    threads=150,
    tickets=50,
    lines=10,
    pause=14.0,
    credit=4,
    skew=2.0,
    worker_kills=30,
    zombies=16,
    store_kills=6,
    web_kills=6,
    points=EVERY_POINT,
    stops=BETWEEN,
    thinking=1.0,
    longest=300.0,
    concurrency=50,
    lease=4.0,
    redelivery=4.0,
    patience=120,
)
CONTROL = Plan(
    threads=40,
    tickets=0,
    lines=8,
    pause=4.0,
    worker_kills=16,
    zombies=12,
    stops=BETWEEN[:4],
    thinking=2.0,
    patience=20,
    concurrency=200,
    without=NEITHER,
)
DRAFT_STEPS = (
    *("accept", "expand", "journal", "commit", "settle", "model"),
    *("slack chat.postMessage", "slack chat.update", "zendesk PUT tickets"),
)
DRAFT_POINTS = tuple(points(DRAFT_STEPS))
"""Where a turn, a decision and its publication may die; nothing is shown before, so that no stream ever begins."""
SHORT_DRAFTS = Plan(
    threads=4,
    tickets=4,
    lines=2,
    pause=0.7,
    human=0,
    drafts=True,
    points=DRAFT_POINTS,
    worker_kills=2,
    thinking=0.1,
    longest=4.0,
    fewest=2,
    slowest=30.0,
)
LONG_DRAFTS = Plan(
    threads=20,
    tickets=100,
    lines=10,
    pause=8.0,
    human=0,
    drafts=True,
    points=DRAFT_POINTS,
    stops=("before commit", "before settle", "before zendesk PUT tickets"),
    skew=1.0,
    worker_kills=20,
    zombies=8,
    store_kills=3,
    web_kills=3,
    thinking=0.5,
    longest=60.0,
    concurrency=50,
    lease=4.0,
    redelivery=4.0,
    patience=120,
)
ABLATIONS = {
    "no fence": replace(CONTROL, without=("fence",)),
    "no read-back": replace(CONTROL, without=("read-back",), zombies=0, stops=(), worker_kills=30, points=AFTER_SAYING),
    "no journal": replace(CONTROL, without=("journal",), zombies=0, stops=(), worker_kills=30, points=AFTER_LEARNING),
}
