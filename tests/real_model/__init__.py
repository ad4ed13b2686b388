"""A real small model behind a whole Frontdesk: whatever it writes, customers read kind sentences, or people answer."""
