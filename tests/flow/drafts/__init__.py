"""Stories in which the bot answers nobody by itself."""
