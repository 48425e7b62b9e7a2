"""The dashboard: one self-contained HTML file a week, with filters, without any request to a network."""
