"""Tests of triage.authority."""
