"""Calls to Zendesk's API: signed in, paced, timed, errors named by the reaction they need."""
