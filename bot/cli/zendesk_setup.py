"""Shows what `frontdesk zendesk setup` would change, asks, changes it, and hands on the webhook's secret."""

import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import typer

from bot.app.connectors import open_sides
from bot.app.settings import Settings
from bot.app.store import WallClock
from bot.cli.program import as_typed
from bot.cli.secret_place import SECRET, EnvLine, OwnFile, place_in
from bot.cli.webhook_secret import HandedOn
from bot.desk.loading.loader import load_desk
from bot.domain.errors import ConfigError, PermanentFailure, TemporaryFailure
from bot.runtime.administration import Administration, Proposal, Step


@dataclass(frozen=True)
class Wish:
    """What was asked for on the command line.

    Args:
        env_file: where the signing secret goes.
    """

    dry_run: bool = False
    remove: bool = False
    yes: bool = False
    env_file: Path | None = None
    show_secret: bool = False

    def place(self) -> EnvLine | OwnFile | None:
        """Return where the secret goes, None for nowhere.

        Raises:
            ConfigError: nothing can be written there.
        """
        return place_in(self.env_file) if self.env_file else None


Ask = Callable[[str], bool]
"""Asks a person; returns whether they say yes."""


async def run_setup(settings: Settings, wish: Wish, ask: Ask | None = None) -> bool:
    """Set the account up, or take everything out again; return whether all of it could be done.

    Args:
        ask: None where nobody can be asked.
    """
    if ask is None and sys.stdin.isatty() and not wish.yes:
        ask = typer.confirm
    place = wish.place()
    async with open_administration(settings) as account:
        proposal = await (account.propose_removal() if wish.remove else account.propose())
        _show(proposal)
        if place and not wish.remove:
            print(f"write   file    {place}: {SECRET}, where it does not stand there yet (mode 0600)")
        if wish.dry_run:
            print("\nNothing was changed (--dry-run).")
            return True
        return await Run(account, proposal, wish, ask).done()


@asynccontextmanager
async def open_administration(settings: Settings) -> AsyncIterator[Administration]:
    """Yield who sets up the account.

    Raises:
        ConfigError: it is switched off.
    """
    policy = load_desk(settings.frontdesk_desk).policy
    groups = tuple(dict.fromkeys([*policy.groups, *policy.answer_groups]))
    sides = open_sides(settings, WallClock())
    try:
        side = sides.desk_side
        account = side.administration(groups) if side else None
        if account is None:
            raise ConfigError("FRONTDESK_ZENDESK_MODE: is off; take auto while the account is set up")
        yield account
    finally:
        await sides.close()


class Run:
    """One run over an account, after everything was shown."""

    def __init__(self, account: Administration, proposal: Proposal, wish: Wish, ask: Ask | None) -> None:
        self._account = account
        self._proposal = proposal
        self._wish = wish
        self._ask = ask

    async def done(self) -> bool:
        """Ask and change; return whether all of it could be done, and nobody was missing who could be asked."""
        if not self._may_change:
            print("\nNothing was changed: there is no terminal to ask on. --yes makes all of it.")
            return not self._proposal.steps
        steps = self._proposal.steps if self._ask is None else agreed(self._ask, self._proposal.steps)
        secret = HandedOn(self._account, self._wish.place())
        if self._wish.remove:
            await secret.remember()
        failed = [step for step in steps if not await self._taken(step)]
        if self._proposal.steps:
            print(f"\n{_counted(len(steps) - len(failed))} made, {len(failed)} failed.")
        await self._settle(secret, [step for step in steps if step not in failed])
        return not failed and not self._proposal.unseen

    @property
    def _may_change(self) -> bool:
        has_something = bool(self._proposal.steps or self._wish.env_file)
        return self._wish.yes or self._ask is not None or not has_something

    async def _taken(self, step: Step) -> bool:
        try:
            await self._account.take(step)
        except PermanentFailure as error:
            why = f"{error}\n        → {self._account.grant(step)}" if error.code in _REFUSED else str(error)
        except TemporaryFailure as error:
            why = f"{error}\n        → run it again"
        else:
            print(f"done    {_named(step)}")
            return True
        print(f"FAILED  {_named(step)}: {why}")
        return False

    async def _settle(self, secret: HandedOn, made: Sequence[Step]) -> None:
        """Put the webhook's secret where it belongs, or take it out; it is printed only where that was asked for."""
        has_webhook = any(step.kind == "webhook" for step in made)
        if self._wish.remove:
            secret.drop(has_webhook)
        else:
            await secret.keep(show=self._wish.show_secret)
            if has_webhook and not self._wish.env_file and not self._wish.show_secret:
                print(f"{SECRET} is not written by this: run it again with --env-file .env, which writes it.")


def agreed(ask: Ask, steps: Sequence[Step]) -> Sequence[Step]:
    """Return the steps that a person agrees to: asked for some one by one, and once for all the others."""
    others = [step for step in steps if not step.question]
    wanted = [step for step in steps if step.question and ask(step.question)]
    if others and ask(f"Make {_counted(len(others))}?"):
        wanted += others
    return sorted(wanted, key=list(steps).index)


_REFUSED = frozenset({"Forbidden", "403"})
"""Codes of what the credentials may not do."""


def _show(proposal: Proposal) -> None:
    for step in proposal.steps:
        print(f"{step.verb:<7} {step.kind:<7} {step.name}" + (f": {step.detail}" if step.detail else ""))
    for line in proposal.kept:
        print(f"stays   {line}")
    if not proposal.steps:
        print("Nothing is to be changed.")
    for caution in proposal.cautions:
        print(as_typed(str(caution)))


def _named(step: Step) -> str:
    return f"{step.kind} {step.name}"


def _counted(number: int) -> str:
    return "1 change" if number == 1 else f"{number} changes"
