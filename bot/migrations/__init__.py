"""The versions of the product's own tables (`frontdesk_…`), and how a database gets from one to the next.

A desk's tables are the desk's own and have no versions here. Rules for a new version: CONTRIBUTING.md.
"""
