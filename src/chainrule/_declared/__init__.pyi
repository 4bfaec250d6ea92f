# Made by `make stubs` (tests/make_stubs.py).
"""What the table puts into the namespaces, for type checkers."""
