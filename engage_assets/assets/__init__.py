"""The assets, one module a stage, in the data's order."""
