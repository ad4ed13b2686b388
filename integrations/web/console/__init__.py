"""The operators' console under `/console`: one layout, one module a page, rendered on the server."""
