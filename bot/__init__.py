"""The support bot; it knows no vendor.

Read in the order of the flow:

    domain/      the words: messages, conversation, effects, ports, errors
    mailbox/     the durable queue on Redis: accept → lease → commit → outbox
    worker.py    takes one turn per conversation at a time
    turn/        decides: gates → run of the specialist → effects
    desk/        what a company customises: specialists, tools, policy, knowledge
    delivery.py  carries out each effect once
    app.py       composition root: the only place that knows everyone
"""
