"""The vault face: row keys and unseen rows for custodians, handlers and reward officers."""
