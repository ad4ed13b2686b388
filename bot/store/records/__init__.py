"""What is kept beside the queue: conversations, audit, cursors, journals."""
