"""Purpose-labelled Ed25519 signatures under libsodium's single verdict."""
