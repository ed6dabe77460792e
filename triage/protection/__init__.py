"""Protection cases, consent, identity release and the disclosure ledger."""
