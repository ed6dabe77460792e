"""Benchmarks behind make bench."""
