"""A desk's irreversible actions: what they offer, who must agree, and the commit."""
