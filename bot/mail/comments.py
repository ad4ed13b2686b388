"""Extracts the author's own words from a ticket comment, and tells whether a person wrote it. Pure."""

from bot.domain.ports import Comment
from bot.mail import machines, own_words


def read_comment(comment: Comment, subject: str) -> own_words.Letter:
    """A human agent's comment goes to the customer as it is."""
    if comment.author.is_staff:
        return own_words.Letter(comment.text)
    return own_words.read(comment.text, html=comment.html, author=comment.author.name, subject=subject)


def is_said(comment: Comment) -> bool:
    """Return whether a person said it: neither the bot, nor Zendesk, nor a machine in a person's name."""
    return not (comment.effect_id or comment.automatic or machine_behind(comment, read_comment(comment, "")))


def machine_behind(comment: Comment, letter: own_words.Letter, subject: str = "") -> str:
    """Of a human agent's comment only the vendor knows that no person wrote it."""
    if comment.author.is_staff:
        return ""
    return machines.machine_behind(letter.own, comment.sender, subject) or ""
