"""Our own HTTP API: `/chat` with its sessions, the console, health, and the edge that all routes stand behind."""
