"""A model that obeys the attacker, on both desks and all three channels: nothing may happen that code should stop."""
