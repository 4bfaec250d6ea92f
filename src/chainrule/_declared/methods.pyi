# Made by `make stubs` (tests/make_stubs.py).

from chainrule._declared.methods_a import MethodsA
from chainrule._declared.methods_b_to_c import MethodsBToC
from chainrule._declared.methods_d_to_e import MethodsDToE
from chainrule._declared.methods_f_to_h import MethodsFToH
from chainrule._declared.methods_i_to_k import MethodsIToK
from chainrule._declared.methods_l import MethodsL
from chainrule._declared.methods_m import MethodsM
from chainrule._declared.methods_n_to_p import MethodsNToP
from chainrule._declared.methods_q_to_r import MethodsQToR
from chainrule._declared.methods_s import MethodsS
from chainrule._declared.methods_t_to_z import MethodsTToZ
from chainrule._declared.operators import Operators

class InstalledMethods(
    MethodsA,
    MethodsBToC,
    MethodsDToE,
    MethodsFToH,
    MethodsIToK,
    MethodsL,
    MethodsM,
    MethodsNToP,
    MethodsQToR,
    MethodsS,
    MethodsTToZ,
    Operators,
):
    """All that the class `Tensor` is given when chainrule is imported."""
