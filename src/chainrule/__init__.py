"""chainrule: PyTorch's autograd, in Python, on NumPy arrays.

`import chainrule as torch` is meant to be enough to run PyTorch code on a CPU.
"""

import typing as _typing
import warnings as _warnings
from math import e, inf, nan, pi

# PyTorch does not warn of a division by zero or an overflow in a tensor; NumPy would, from these modules.
_warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"chainrule\.")

from chainrule import numpy_protocols as _numpy_protocols  # gives Tensor NumPy's protocols
from chainrule import batched_tensor as _batched_tensor  # the tensors within vmap
from chainrule.devices import device
from chainrule.dtypes import (
    bfloat16,
    bool,
    complex64,
    complex128,
    dtype,
    float4_e2m1fn_x2,
    float8_e4m3fn,
    float8_e4m3fnuz,
    float8_e5m2,
    float8_e5m2fnuz,
    float8_e8m0fnu,
    float16,
    float32,
    float64,
    get_default_dtype,
    int8,
    int16,
    int32,
    int64,
    promote_types,
    set_default_dtype,
    uint8,
    uint16,
    uint32,
    uint64,
)
from chainrule.engine.grad_flag import is_grad_enabled
from chainrule.engine.grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled
from chainrule.engine.inference import is_inference_mode_enabled
from chainrule.configuration import show_config
from chainrule.layouts import (
    channels_last,
    channels_last_3d,
    contiguous_format,
    layout,
    memory_format,
    preserve_format,
    strided,
)
from chainrule.memory import empty_cache, memory_stats, reset_peak_memory_stats, set_memory_pool
from chainrule.namespaces import functions_in as _functions_in
from chainrule.random import (
    Generator,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)
from chainrule.settings import (
    are_deterministic_algorithms_enabled,
    get_default_device,
    get_deterministic_debug_mode,
    get_float32_matmul_precision,
    is_deterministic_algorithms_warn_only_enabled,
    is_vulkan_available,
    is_warn_always_enabled,
    set_default_device,
    set_default_tensor_type,
    set_deterministic_debug_mode,
    set_float32_matmul_precision,
    set_flush_denormal,
    set_warn_always,
    use_deterministic_algorithms,
)
from chainrule.size import Size
from chainrule.tensor import Tensor
from chainrule.tensor_queries import (
    can_cast,
    equal,
    is_complex,
    is_floating_point,
    is_inference,
    is_nonzero,
    is_tensor,
    numel,
    result_type,
)
from chainrule.tensor_text import set_printoptions
from chainrule.threads import get_num_interop_threads, get_num_threads, set_num_interop_threads, set_num_threads
from chainrule.type_info import finfo, iinfo
from chainrule.typename import typename
from chainrule.typed_tensors import (
    BoolTensor,
    ByteTensor,
    CharTensor,
    DoubleTensor,
    FloatTensor,
    HalfTensor,
    IntTensor,
    LongTensor,
    ShortTensor,
)

float = float32
double = float64
half = float16
short = int16
int = int32
long = int64
cfloat = complex64
cdouble = complex128
# As an index: a further dimension, as None is.
newaxis = None

# The functions of the table.
globals().update(_functions_in("torch"))

from chainrule.func import vmap
from chainrule.autograd.anomaly_mode import is_anomaly_check_nan_enabled, is_anomaly_enabled, set_anomaly_enabled
from chainrule.amp.autocast_mode import (
    autocast,
    clear_autocast_cache,
    get_autocast_cpu_dtype,
    get_autocast_dtype,
    get_autocast_gpu_dtype,
    is_autocast_cache_enabled,
    is_autocast_cpu_enabled,
    is_autocast_enabled,
    set_autocast_cache_enabled,
    set_autocast_dtype,
    set_autocast_enabled,
)
from chainrule.compiler import compile
from chainrule import (
    accelerator,
    amp,
    autograd,
    backends,
    compiler,
    cpu,
    cuda,
    fft,
    func,
    linalg,
    mps,
    nn,
    optim,
    random,
    serialization,
    signal,
    special,
    utils,
    version,
    xpu,
)
from chainrule.serialization import load, save

__version__ = "0.1.0.dev0"

__all__ = sorted(name for name in globals() if not name.startswith("_"))

_WHEN_ASKED_FOR = {
    "_dynamo", "distributed", "distributions", "hub", "implicit", "jit", "multiprocessing", "onnx", "scipy",
}  # fmt: skip

if _typing.TYPE_CHECKING:

    def __getattr__(name: str) -> _typing.Any: ...

else:

    def __getattr__(name: str) -> _typing.Any:
        # Not among the names above, so that `import *` leaves SciPy's own name alone; and imported when asked for.
        if name in _WHEN_ASKED_FOR:
            from importlib import import_module

            return import_module(f"chainrule.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
