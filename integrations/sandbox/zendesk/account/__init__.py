"""What an administrator keeps beside tickets: macros, views, brands, statuses, roles, and the mails of triggers."""
