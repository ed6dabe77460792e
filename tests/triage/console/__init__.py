"""The console, over a register that was filled by really sealing and opening."""
