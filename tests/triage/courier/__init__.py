"""Tests of triage.courier."""
