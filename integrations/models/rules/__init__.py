"""The rules of the offline model: read the conversation, choose a move, word it from what tools returned."""
