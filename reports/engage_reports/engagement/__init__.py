"""The engagement report: who leaves, why, what to do, what it is worth."""
