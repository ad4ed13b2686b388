"""Mail as people and machines send it: whose words are whose, and which of it wants no answer."""
