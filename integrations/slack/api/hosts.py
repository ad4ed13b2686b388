"""Knows Slack's own hosts, so that tokens and customers' words go nowhere else."""

from urllib.parse import urlsplit

_SLACK_HOSTS = ("slack.com", "slack-files.com", "slack-gov.com")


def origin(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port; empty ones for what is no address."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", "", None
    if parts.username is not None or parts.password is not None:
        return "", "", None  # "https://files.slack.com@elsewhere" is elsewhere
    return parts.scheme, (parts.hostname or "").lower(), port


def is_configured(url: str, api_url: str) -> bool:
    """Return whether `url` is on the very server the Web API is configured at."""
    return origin(url)[1] != "" and origin(url) == origin(api_url)


def is_slack_address(url: str, api_url: str) -> bool:
    """Return whether `url` is Slack's over https, or on the configured server."""
    scheme, host, _ = origin(url)
    known = any(host == name or host.endswith(f".{name}") for name in _SLACK_HOSTS)
    return (scheme == "https" and known) or is_configured(url, api_url)
