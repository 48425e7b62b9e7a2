"""The report kit: one type scale, one palette, page furniture, tables, call-outs and charts for all reports."""
