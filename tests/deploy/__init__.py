"""The deployment samples, tried with the programs that they are for."""
