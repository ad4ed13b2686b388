"""What both simulated vendors share: the server, time, faults, limits, the record of requests."""
