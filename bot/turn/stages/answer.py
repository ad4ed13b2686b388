"""Sets a specialist's run up: which specialist, with which customer, context and filter. Says nothing itself."""

from collections.abc import Mapping
from dataclasses import replace

from agents import Agent

from bot.desk.database import Database
from bot.desk.loading.desk import Desk
from bot.desk.tools.tool_context import Briefing, ToolContext
from bot.domain.conversation import Conversation
from bot.domain.errors import AgentError
from bot.domain.ids import same_person
from bot.domain.ports import PastConversations, Preview
from bot.telemetry import metrics
from bot.turn.agent.audience import SEARCH
from bot.turn.agent.cancellation import Stopped, unless_stopped
from bot.turn.agent.preview import PreviewBuffer
from bot.turn.agent.runner import Run, run_specialist
from bot.turn.agent.session import TurnSession, looked_up_for, model_history, results_of, said_by_customer
from bot.turn.agent.specialists import begin
from bot.turn.audit import AuditHooks
from bot.turn.context import Batch, FixedClock, TurnInput
from bot.turn.disclosure import disclosure_due
from bot.turn.handoff import summary
from bot.turn.output_checks.filter import Speech
from bot.turn.output_checks.grounding import grounded, reworded
from bot.turn.output_checks.ids import unknown_ids, without_ids
from bot.turn.routing.router import Routes
from bot.turn.stages.desk_context import kept


class Answering:
    """Lets the specialists of one desk answer.

    Args:
        agents: the desk's specialists as SDK agents.
        router: picks the specialist of a first message where it is sure; None leaves every one to triage.
        visits: what a customer came for before; None remembers nobody.
        sends_codes: whether people whom nobody knows can prove who they are.
    """

    def __init__(
        self,
        desk: Desk,
        agents: Mapping[str, Agent[ToolContext]],
        data: Database,
        router: Routes | None,
        visits: PastConversations | None,
        *,
        sends_codes: bool,
    ) -> None:
        self._desk = desk
        self._agents = agents
        self._data = data
        self._router = router
        self._visits = visits
        self._sends_codes = sends_codes

    async def run(
        self, waiting: TurnInput, asked: Batch, preview: Preview, lane: str, watch: AuditHooks
    ) -> tuple[Run, ToolContext]:
        """Let the specialist answer, and whoever it transfers to; return the checked run and what its tools left.

        Args:
            lane: whom the screen found the first message to be for, empty for nobody.

        Raises:
            AgentError: the model failed.
            Stopped: the customer did not want to hear the rest.
        """
        opening = disclosure_due(waiting.conversation, self._desk.policy)
        showing = PreviewBuffer(preview, waiting.conversation.spoken, opening)
        await showing.status("status.thinking")  # before the specialist is chosen, which may take a sentence's vector
        try:
            specialist = await self._specialist(waiting.conversation, asked.words, lane)
            context = self._context(waiting, asked, await self._before(waiting, asked))
            speech = self._speech(waiting, asked)
            session = self._session(waiting, asked)
            said = said_by_customer(asked.told)
            await begin(self._desk, specialist, context)
            with showing.current():
                run = await unless_stopped(
                    run_specialist(
                        self._agents, specialist, said, session, context, showing, speech, waiting.now, watch
                    )
                )
            await showing.settle()
        except (Stopped, AgentError):
            await showing.clear()
            raise
        finally:
            await showing.drop()
        checked = await self._checked(run, waiting, asked, context, speech)
        if checked.text != run.text:
            watch.cut("ids or grounding", checked.specialist)
        return checked, context

    async def _checked(self, run: Run, waiting: TurnInput, asked: Batch, context: ToolContext, speech: Speech) -> Run:
        """Hold the answer to whose things it names, and to what was looked up and done."""
        instructions = self._desk.specialists[run.specialist].instructions
        told = [asked.told, self._desk.voice, instructions, str(context.kept or "")]
        run = await self._without_foreign_ids(run, speech)
        return grounded(run, waiting.conversation, waiting.history, told, rules=self._desk.policy.grounding)

    async def _specialist(self, conversation: Conversation, words: str, lane: str) -> str:
        """Who answers: the current specialist; for a first message the one it is surely for, else triage."""
        if conversation.specialist in self._agents:
            return conversation.specialist
        if lane:
            metrics.ROUTED.labels(specialist=lane).inc()
            return lane
        route = await self._router.route(words) if self._router else None
        specialist = route.specialist if route and route.sure and route.specialist in self._agents else self._desk.first
        metrics.ROUTED.labels(specialist=specialist).inc()
        return specialist

    def _session(self, waiting: TurnInput, asked: Batch) -> TurnSession:
        conversation = waiting.conversation
        history = model_history(
            waiting.history,
            conversation.ticket_id,
            reader=_reader(asked),
            unsent=conversation.facts.unsent,
            earlier=conversation.earlier,
        )
        return TurnSession(conversation.id, history)

    async def _before(self, waiting: TurnInput, asked: Batch) -> str:
        """What the customer came for before, for the first answer of a conversation."""
        if waiting.conversation.turns or asked.customer is None or self._visits is None:
            return waiting.before
        visits = await self._visits.begin(asked.customer.id, waiting.conversation.id, waiting.now)
        return "; before that: ".join(dict.fromkeys(each for each in (waiting.before, *visits) if each))

    def _context(self, waiting: TurnInput, asked: Batch, before: str) -> ToolContext:
        return ToolContext(
            customer=asked.customer,
            author_name=asked.name,
            data=self._data,
            knowledge=self._desk.knowledge,
            clock=FixedClock(waiting.now),
            limits=self._desk.policy.limits,
            hours=self._desk.policy.business_hours,
            kept=kept(self._desk.context, waiting.conversation, asked),
            withheld=asked.withheld,
            can_prove=self._sends_codes and not asked.withheld,
            briefing=Briefing(
                before=before,
                language=waiting.conversation.language,
                done="; ".join(summary.deeds(waiting.conversation.proposals)),
            ),
        )

    def _speech(self, waiting: TurnInput, asked: Batch) -> Speech:
        told = [self._desk.voice, *[each.instructions for each in self._desk.specialists.values()]]
        said = [entry.text for entry in waiting.history if same_person(entry.author, asked.requester.author.id)]
        found = [entry.text for entry in looked_up_for(_reader(asked), waiting.history)]
        searched = results_of(SEARCH, waiting.history)
        told = [*told, *said, asked.words, asked.told]
        return Speech(asked.customer, self._desk.policy.link_domains, told, found, searched)

    async def _without_foreign_ids(self, run: Run, speech: Speech) -> Run:
        """Take out ids of other customers and of their things, wherever the model has them from."""
        foreign = await self._data.foreign(unknown_ids(run.text, speech.known), speech.customer)
        if not foreign:
            return run
        text = without_ids(run.text, foreign)
        return replace(run, text=text, entries=reworded(run.entries, text))


def _reader(asked: Batch) -> str:
    """Whose results of earlier calls may be read: where others read along by now, nobody's."""
    return "nobody" if asked.withheld else asked.requester.author.id
