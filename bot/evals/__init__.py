"""Judging a desk before its customers do: does it send people to the right place, and does it do the right thing?"""
