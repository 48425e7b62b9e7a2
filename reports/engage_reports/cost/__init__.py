"""The cost report: what a run uses here (measured), what it would cost on AWS (estimated)."""
