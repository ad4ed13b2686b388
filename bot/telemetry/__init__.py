"""What operators see of a running Frontdesk: the log and the metrics."""
