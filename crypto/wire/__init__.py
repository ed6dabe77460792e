"""Values and their parsers, standard library only; rule numbers are those of SPEC.md."""
