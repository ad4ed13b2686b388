"""Between a model and everything else: of whatever a server sends an answer or a call is made, or nothing."""
