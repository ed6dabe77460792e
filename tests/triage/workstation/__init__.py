"""Tests of triage.workstation."""
