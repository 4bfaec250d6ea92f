# Made by `make stubs` (tests/make_stubs.py).
"""Special functions: those of `torch.special`, and those of `scipy.special` under SciPy's names, differentiated."""

from chainrule._declared.special_a_to_d import *
from chainrule._declared.special_e_to_h import *
from chainrule._declared.special_i_to_l import *
from chainrule._declared.special_m_to_z import *
