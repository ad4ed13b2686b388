"""What comes with the package so that a first start computes nothing of it: `make shipped` makes it anew."""
