"""What people look at again: answers that somebody found wanting, and a sample of all; wrong ones become cases."""
