"""The `Channel` port over a workspace in memory."""

from collections.abc import Sequence

from bot.domain.conversation import Conversation
from bot.domain.effects import EditMessage, PostToChannel, Relay, Reply
from bot.domain.errors import LeaseLost, NotFound
from bot.domain.events import Author, CustomerMessage, File, InboundMessage, StaffComment
from bot.domain.ids import AuthorId, ConversationId, MessageRef, Thread
from bot.domain.ports import Profile
from bot.domain.ports.channel import Known
from tests.doubles.workspace import BOT, TEAM, Post, Workspace

LOOK_BACK_SECONDS = 900.0
"""A message may have begun as a preview, long before its text was committed."""

LOST = "lost:"
"""Begins a preview's reference where only the time is known since when there may be one."""


class InMemoryPreview:
    """A preview that is one message, edited while its text grows."""

    is_seen = True
    is_costly = False

    def __init__(self, workspace: Workspace, thread: Thread, ref: str, known: Known) -> None:
        self.ref = ref
        self._workspace = workspace
        self._thread = thread
        self._known = known
        # What a dead worker showed is not known here, so nothing is appended to it.
        self._is_over = bool(ref)

    async def status(self, text: str) -> None:
        """Show a short line."""
        place = (self._thread.channel, self._thread.ts)
        self._workspace.statuses.pop(place, None)
        if text:
            self._workspace.statuses[place] = text
            self._workspace.statuses_ever.append(text)

    async def text(self, markdown: str) -> None:
        """Append checked sentences."""
        await self.status("")
        if self._is_over:
            return
        post = self._workspace.post_at(self._thread.channel, self.ref)
        if post is None:
            thread = self._thread
            post = Post(thread.channel, self._workspace.next_ts(), thread.ts, BOT, "", is_preview=True)
            self.ref = self._workspace.add(post).ts
            await self._keep(post)
        post.text += markdown

    async def clear(self) -> None:
        """Take back the status line."""
        await self.status("")

    async def _keep(self, post: Post) -> None:
        try:
            await self._known(post.ts)
        except LeaseLost:
            self._is_over = True
            self._workspace.posts.remove(post)
            raise


class InMemoryChannel:
    """Says things in a workspace in memory, and finds again what it said."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def within(self, conversation: str, place: str = "") -> "InMemoryChannel":
        """There is but one workspace."""
        return self

    async def reply(self, conversation: Conversation, effect: Reply) -> str:
        """Post the reply in the thread, or finish its preview; return the message's `ts`."""
        with self.workspace.failures.around("reply"):
            thread = conversation.address.thread
            ref = self._adopted(thread, effect.preview)
            post = self.workspace.post_at(thread.channel, ref) if ref else None
            if post is None:
                post = self._write(thread.channel, thread.ts)
            post.text, post.buttons, post.effect_id, post.is_preview = effect.text, effect.buttons, effect.id, False
            self.workspace.statuses.pop((thread.channel, thread.ts), None)
        return post.ts

    async def take_back(self, conversation: Conversation, preview: str) -> None:
        """Delete the message of a preview whose answer is not given."""
        with self.workspace.failures.around("take_back"):
            thread = conversation.address.thread
            post = self.workspace.post_at(thread.channel, self._adopted(thread, preview))
            if post:
                self.workspace.posts.remove(post)

    async def relay(self, conversation: Conversation, effect: Relay, files: Sequence[bytes]) -> str:
        """Post a human agent's words in the thread with their files; return the message's `ts`."""
        with self.workspace.failures.around("relay"):
            thread = conversation.address.thread
            post = self._write(thread.channel, thread.ts)
            post.text, post.name, post.effect_id = effect.text, effect.name, effect.id
            post.files = tuple(
                self.workspace.keep(file.name, content, file.mime)
                for file, content in zip(effect.files, files, strict=True)
            )
        return post.ts

    async def announce(self, conversation: Conversation, effect: PostToChannel) -> MessageRef:
        """Post a message of its own in the effect's channel; return `CHANNEL:TS`."""
        with self.workspace.failures.around("announce"):
            post = self._write(effect.channel, "")
            post.text, post.buttons, post.effect_id = effect.text, effect.buttons, effect.id
        return MessageRef.of(effect.channel, post.ts)

    async def amend(self, effect: EditMessage) -> None:
        """Replace the text of a message of ours and take its buttons away; one that is gone needs neither."""
        with self.workspace.failures.around("amend"):
            post = self.workspace.post_at(effect.message.channel, effect.message.ts)
            if post:
                post.text, post.buttons = effect.text, ()

    async def whisper(self, channel: str, author_id: str, text: str, answer_at: str = "") -> None:
        """Tell one person something that nobody else in the channel sees; who is out of reach is not told."""
        with self.workspace.failures.around("whisper"):
            if answer_at or _user(author_id) in self.workspace.channels.get(channel, ()):
                self.workspace.whispers.append((channel, _user(author_id), text))

    async def open_direct(self, author_id: str) -> str:
        """Return the id of the direct-message channel with somebody, opened where there is none."""
        with self.workspace.failures.around("open_direct"):
            user = _user(author_id)
            found = [name for name, who in self.workspace.channels.items() if name[0] == "D" and who == {user, BOT}]
            name = found[0] if found else f"D{user[1:]}"
            self.workspace.channels.setdefault(name, {user, BOT})
        return name

    async def find_announced(self, effect: PostToChannel, since: float) -> MessageRef:
        """Return `CHANNEL:TS` of the message that carries the effect id, empty when the channel has none."""
        with self.workspace.failures.around("find_announced"):
            found = self._own(self.workspace.posts, effect.channel, since)
            first = next((post.ts for post in found if post.effect_id == effect.id), "")
        return MessageRef.of(effect.channel, first) if first else MessageRef()

    async def other_teams(self, channel: str) -> frozenset[str]:
        """Return the workspaces, beside the installing one, whose people read the channel."""
        with self.workspace.failures.around("other_teams"):
            teams = {self.workspace.people[user].team for user in self._members(channel)}
        return frozenset(teams - {TEAM})

    async def guests(self, channel: str) -> Sequence[Profile]:
        """Return the people in the channel who are no full members of the installing workspace."""
        with self.workspace.failures.around("guests"):
            found = [self.workspace.people[user].profile for user in sorted(self._members(channel))]
        return [profile for profile in found if not profile.is_member and not profile.is_bot]

    async def is_member(self, channel: str, author_id: str) -> bool:
        """Return whether somebody is in the channel."""
        with self.workspace.failures.around("is_member"):
            return _user(author_id) in self._members(channel)

    async def lines_above(self, conversation: str, before: str) -> Sequence[InboundMessage]:
        """Return what was written in a thread before the message `before`, oldest first; people's as customers'."""
        with self.workspace.failures.around("lines_above"):
            thread = ConversationId(conversation).thread
            posts = self.workspace.thread(thread.channel, thread.ts)
            return [self._line(post, ConversationId(conversation)) for post in posts if float(post.ts) < float(before)]

    async def find(self, conversation: Conversation, effect_id: str, since: float) -> str:
        """Return the `ts` of the message that carries the effect id; what stands twice is deleted but for the first."""
        with self.workspace.failures.around("find"):
            thread = conversation.address.thread
            posts = self.workspace.thread(thread.channel, thread.ts)
            found = [post for post in self._own(posts, thread.channel, since) if post.effect_id == effect_id]
            self._delete_doubles(found)
        return found[0].ts if found else ""

    async def tidy(self, place: str, since: float) -> int:
        """Delete all but the first of what stands twice under one effect id; return how many were deleted."""
        with self.workspace.failures.around("tidy"):
            thread = ConversationId(place).thread
            posts = self.workspace.thread(thread.channel, thread.ts) if thread.ts else self.workspace.posts
            return self._delete_doubles(self._own(posts, thread.channel, since))

    async def profile(self, author_id: str) -> Profile:
        """Return who an author is."""
        with self.workspace.failures.around("profile"):
            person = self.workspace.people.get(_user(author_id))
            if person is None:
                raise NotFound("no such user", "user_not_found")
        return person.profile

    async def download(self, file: File) -> bytes:
        """Return a file's bytes."""
        with self.workspace.failures.around("download"):
            if file.id not in self.workspace.contents:
                raise NotFound("no such file", "file_not_found")
        return self.workspace.contents[file.id]

    async def described(self, file: File) -> File:
        """Return a file with all that is known of it."""
        with self.workspace.failures.around("described"):
            if file.id not in self.workspace.files:
                raise NotFound("no such file", "file_not_found")
        return self.workspace.files[file.id]

    def preview(self, conversation: Conversation, message: InboundMessage, ref: str, known: Known) -> InMemoryPreview:
        """Return the preview of the answer to `message`; `ref` continues one that a dead worker began."""
        thread = conversation.address.thread
        return InMemoryPreview(self.workspace, thread, ref, known)

    def _adopted(self, thread: Thread, ref: str) -> str:
        """Return the `ts` of a preview's message, of one that a dead worker left where that is all that is known."""
        if not ref.startswith(LOST):
            return ref
        posts = self.workspace.thread(thread.channel, thread.ts)
        own = self._own(posts, thread.channel, float(ref.removeprefix(LOST)))
        return next((post.ts for post in own if post.is_preview), "")

    def _own(self, posts: Sequence[Post], channel: str, since: float) -> list[Post]:
        earliest = since - LOOK_BACK_SECONDS
        return [post for post in posts if post.user == BOT and post.channel == channel and float(post.ts) >= earliest]

    def _write(self, channel: str, thread_ts: str) -> Post:
        return self.workspace.add(Post(channel, self.workspace.next_ts(), thread_ts, BOT, ""))

    def _members(self, channel: str) -> set[str]:
        if channel not in self.workspace.channels:
            raise NotFound("no such channel", "channel_not_found")
        return self.workspace.channels[channel]

    def _delete_doubles(self, posts: Sequence[Post]) -> int:
        first: dict[str, Post] = {}
        doubles = [post for post in posts if post.effect_id and first.setdefault(post.effect_id, post) is not post]
        for post in doubles:
            self.workspace.posts.remove(post)
        return len(doubles)

    def _line(self, post: Post, conversation: ConversationId) -> InboundMessage:
        if post.user == BOT:
            author = Author(AuthorId.in_slack(TEAM, BOT), "the assistant")
            return StaffComment(post.ts, ConversationId(), author, post.text, float(post.ts))
        author = Author(self.workspace.people[post.user].profile.id)
        return CustomerMessage(
            f"slack:{TEAM}:{post.channel}:{post.ts}",
            conversation,
            author,
            post.text,
            float(post.ts),
            files=post.files,
        )


def _user(author_id: str) -> str:
    return AuthorId(author_id).user
