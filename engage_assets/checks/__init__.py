"""The gates: pure rules on plain numbers and tables, and the checks that run them."""
