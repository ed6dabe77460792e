"""One officer's workstation: keys, trust, grants, syncing, and the unlocked session."""
