"""The loopback web application of one officer."""
