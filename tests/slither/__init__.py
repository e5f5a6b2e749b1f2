"""Static analysis of the contracts by Slither."""
