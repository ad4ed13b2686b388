"""`frontdesk eval`: plays a desk's cases through the whole engine and measures its router."""
