"""What is watched after a week is published: realised against estimated performance, and drift.

Pure functions on arrays and tables; the asset in ``assets/monitoring.py`` feeds them and keeps what they say.
"""
