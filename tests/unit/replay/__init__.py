"""Past tickets: masking, facts, verdicts, sampling, reports."""
