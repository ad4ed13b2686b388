"""Drafts in Slack: who presses a card's buttons, the modal in which a draft is edited, and its submission."""
