"""Tests of triage.register."""
