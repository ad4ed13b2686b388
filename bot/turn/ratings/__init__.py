"""What customers think of the help: a thumb on one answer, and one rating of a whole conversation."""
