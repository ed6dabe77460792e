"""Tests of the server and of the API client."""
