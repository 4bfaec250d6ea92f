# Made by `make stubs` (tests/make_stubs.py).
"""The functions that the modules of `nn` call: rows of the table, taken as PyTorch takes them."""

from chainrule._declared.nn_functional_a_to_b import *
from chainrule._declared.nn_functional_c_to_l import *
from chainrule._declared.nn_functional_m_to_z import *
