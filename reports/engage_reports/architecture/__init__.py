"""The architecture report: drawn from the facts of the loaded definitions."""
