"""What `gradcheck` is made of: the comparisons that PyTorch makes, and the search for the operation that is wrong.

- `checks.py`: all comparisons, in their order. `jacobians.py`, `projections.py`: numerical and analytical derivatives.
- `trace.py`: a function run with each operation watched. `balance.py`: which operation's gradients do not account for
  what its results do. `probes.py`: each operation by itself.
"""
