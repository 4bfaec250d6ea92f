"""Which elements of a result may depend on which elements of the inputs, read from the recorded graph.

`pattern.py` goes through the graph, node by node. What it does at a node is said by the row's kind, by a rule
(`rules.py`), or found out from the formula itself where that is linear in the row's inputs (`probing.py`); the result
of whatever else there is may depend on everything. A pattern may be too large, never too small. `structure.py` notes
all that it was made of, so that another graph is known to have the same pattern, or not; `compression.py` says which
rows or columns may be found together.
"""
