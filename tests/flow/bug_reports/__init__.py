"""Cases from public bug reports, played against stand-ins that share no code with the product's own simulators."""
