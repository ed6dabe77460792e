"""Tests of the office side."""
