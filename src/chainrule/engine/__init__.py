"""The machinery: how operations are recorded and differentiated. It knows no operation by name."""
