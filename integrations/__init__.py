"""Adapters: each speaks one vendor's protocol and translates it into the bot's vocabulary."""
