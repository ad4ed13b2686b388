"""The support bot: it decides what happens in a conversation; vendors' protocols stay in `integrations`.

    domain/     the words: events, conversation, effects, proposals, ports, errors
    store/      everything on Redis: the durable queue, records, limits
    runtime/    what runs: the worker takes one turn per conversation at a time; periodic tasks beside it
    turn/       what is decided: rules before any model, the specialist's run, actions, the way to people
    delivery/   carries out each committed effect once
    desk/       what a company customises: specialists, tools, policy, knowledge (the machinery)
    desks/      the two built-in desks
    migrations/ the versions of the product's own tables in the database
    shipped/    vectors and weights of the built-in desks, made before
    mail/       mail as people and machines send it: whose words are whose
    telemetry/  log and metrics
    figures/    whether it helps, counted from the audit
    gaps/       what customers asked and nobody could answer: collected, grouped by meaning, drafted as articles
    replay/     past tickets: masked, cut, and what the desk's answers to them are worth
    review/     what people look at again; wrong answers become cases
    evals/      plays a desk's cases, and past tickets, through the whole engine
    app/        puts everything together; alone imports `integrations`
    cli/        the command line

A message travels: `integrations/*/inbound` → `store/queue/inbox.py` → `runtime/worker.py` → `turn/turn.py` →
`store/queue/outbox.py` → `delivery/dispatcher.py` → `integrations/*/outbound`.
"""

from bot.late_package import absent, load_late

load_late("mcp")  # only desks with servers of their own use it
with absent("rich", "greenlet"):  # ten megabytes for coloured tracebacks and states of threads, which our log has not
    import structlog  # noqa: F401
