"""The vocabulary: what arrives, what must happen, who owns a conversation. Standard library only."""
