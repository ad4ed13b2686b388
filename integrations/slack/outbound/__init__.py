"""What goes to Slack: messages, previews, files; and reading threads back."""
