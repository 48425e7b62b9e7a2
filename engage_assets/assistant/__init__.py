"""The assistant: business questions answered from the published tables, and nothing invented.

``catalogue`` says what can be asked, ``matching`` finds the question that was meant, ``guard`` keeps every statement to
the published tables, ``answer`` words the result. ``converse`` lets a language model choose among the same tools.
"""
