"""Tests of triage.cases."""
