"""Alembic runs this file for every command: it migrates the connection that `upgrade.py` hands over."""

from alembic import context

from bot.migrations.schema import VERSION_TABLE


def run() -> None:
    """Apply what is missing, in the transaction that the connection is in."""
    context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE)
    with context.begin_transaction():
        context.run_migrations()


if __name__ == "env_py":  # the name under which Alembic loads it; a mere import runs nothing
    run()
