"""Who somebody is: whom a line counts for, and one-time codes for those whom no vendor vouches for."""
