"""The pages that whoever installs the app sees: what to do next, or what went wrong and how to go on."""

from html import escape
from string import Template

_PAGE = Template(
    """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>$title</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:4rem auto;padding:0 1rem;color:#1d1c1d}</style>
</head><body><h1>$title</h1>$body</body></html>
"""
)

AGAIN = '<p><a href="install">Start again</a></p>'

REASONS = {
    "access_denied": "The app was not allowed in. Nothing was installed.",
    "invalid_browser": "This page belongs to another browser, or its cookie is gone. Please go the whole way in one.",
    "invalid_state": "This page was used before, or waited for more than ten minutes.",
    "missing_code": "Slack sent no code along.",
    "invalid_code": "Slack did not accept the code; it may have waited too long.",
    "storage_error": "Slack has installed the app, but we could not keep that. Please install it again in a minute.",
    "no_answer": "Slack did not answer. Please install the app again in a minute.",
}
_OTHERWISE = "Slack did not install the app."


def installed(name: str, *, is_organisation: bool, address: str = "") -> str:
    """Return the page after an installation.

    Args:
        name: of the workspace or the organisation.
        address: where an organisation's administrators add workspaces, empty where it is not known.
    """
    steps = [
        "Invite the app into a channel: <code>/invite @frontdesk</code>. In direct messages it answers at once.",
        "Mention it in a channel, or write to it directly, and see it answer.",
    ]
    if is_organisation:
        settings = "the organisation's settings"
        link = f'<a href="{escape(address)}">{settings}</a>' if address else settings
        steps.insert(0, f"Add the app to workspaces in {link}: an organisation's installation is in none by itself.")
    listed = "".join(f"<li>{step}</li>" for step in steps)
    where = escape(name) or "your workspace"
    return _PAGE.substitute(title="Installed", body=f"<p>Frontdesk is installed in {where}. Next:</p><ol>{listed}</ol>")


def not_installed(reason: str) -> str:
    """Return the page where it did not work; Slack's own words are not repeated."""
    return _PAGE.substitute(title="Not installed", body=f"<p>{REASONS.get(reason, _OTHERWISE)}</p>{AGAIN}")


def not_set_up() -> str:
    """Return the page where the operator has not switched installing on."""
    return _PAGE.substitute(
        title="Not set up", body="<p>This app cannot be installed here: its operator has not set that up.</p>"
    )


def store_away() -> str:
    """Return the page while nothing can be kept."""
    body = f"<p>Something is down here. Nothing was installed.</p>{AGAIN}"
    return _PAGE.substitute(title="Please try again", body=body)
