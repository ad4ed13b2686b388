"""Who asks for a human: the customer as the ticket knows them."""

from dataclasses import dataclass

from bot.domain.capabilities import desk_user
from bot.domain.effects import Person
from bot.domain.events import Author
from bot.domain.ports import Profile


@dataclass(frozen=True)
class Requester:
    """The customer on whose behalf a human is asked.

    Args:
        plan: the customer's plan where they are verified, empty otherwise.
        account: what the desk has on file about a verified customer, in one line.
        deeds: what was done for them in other conversations, as the books have it.
    """

    author: Author
    profile: Profile
    plan: str = ""
    account: str = ""
    deeds: tuple[str, ...] = ()

    @property
    def person(self) -> Person:
        """Who the ticket's requester is: a verified address, else our id of the author, never a claimed one."""
        name = self.profile.name or self.author.name or self.author.id
        if user := desk_user(self.author.id):
            return Person(name=name, id=user)
        if self.profile.verified and self.profile.email:
            return Person(name=name, email=self.profile.email)
        return Person(name=name, external_id=self.author.id)
