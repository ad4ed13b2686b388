"""Figures: periods, facts of the audit, tables, reports."""
