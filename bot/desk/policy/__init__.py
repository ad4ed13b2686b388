"""A desk's business rules as pure functions: priorities, promises, phrases, prices."""
