"""Stories of what customers think of the help, and of what people make of it."""
