"""Calls to Slack's Web API: paced, timed, errors named by the reaction they need."""
