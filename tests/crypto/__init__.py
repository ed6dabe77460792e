"""Tests of the formats: vectors, properties, crossings."""
