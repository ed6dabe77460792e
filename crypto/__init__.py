"""What reporter, server and office agree on, bit for bit: formats, sealing, signing, opening."""
