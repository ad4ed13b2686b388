"""The simulated vendors keep what the vendors' documents promise."""
