"""What `gradcheck` is made of: the comparisons that PyTorch makes, and the search for the operation that is wrong.

- `checks.py`: all comparisons, in their order. `differences.py`: numerical derivatives. `jacobians.py`,
  `projections.py` (fast mode), `forward_mode.py`: analytical ones. `backward_mode.py`: what else must hold.
- `second_order.py`: gradients as the function to be checked.
- `search.py`: what is looked for where a comparison has failed, and where all have passed. `trace.py`: a function run
  with each operation watched. `balance.py`: which operation's gradients do not account for what its results do.
  `probes.py`: each operation by itself. `transforms.py`: its tangents, and its batches. `report.py`: the words.
"""
