"""`frontdesk replay`: past tickets, what the desk would have said to them, and what that is worth. Pure."""
