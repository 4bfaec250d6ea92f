# Made by `make stubs` (tests/make_stubs.py).
"""chainrule: PyTorch's autograd, in Python, on NumPy arrays."""

from math import e as e
from math import inf as inf
from math import nan as nan
from math import pi as pi
from chainrule.devices import device as device
from chainrule.dtypes import bfloat16 as bfloat16
from chainrule.dtypes import bool as bool
from chainrule.dtypes import complex64 as complex64
from chainrule.dtypes import complex128 as complex128
from chainrule.dtypes import dtype as dtype
from chainrule.dtypes import float4_e2m1fn_x2 as float4_e2m1fn_x2
from chainrule.dtypes import float8_e4m3fn as float8_e4m3fn
from chainrule.dtypes import float8_e4m3fnuz as float8_e4m3fnuz
from chainrule.dtypes import float8_e5m2 as float8_e5m2
from chainrule.dtypes import float8_e5m2fnuz as float8_e5m2fnuz
from chainrule.dtypes import float8_e8m0fnu as float8_e8m0fnu
from chainrule.dtypes import float16 as float16
from chainrule.dtypes import float32 as float32
from chainrule.dtypes import float64 as float64
from chainrule.dtypes import get_default_dtype as get_default_dtype
from chainrule.dtypes import int8 as int8
from chainrule.dtypes import int16 as int16
from chainrule.dtypes import int32 as int32
from chainrule.dtypes import int64 as int64
from chainrule.dtypes import promote_types as promote_types
from chainrule.dtypes import set_default_dtype as set_default_dtype
from chainrule.dtypes import uint8 as uint8
from chainrule.dtypes import uint16 as uint16
from chainrule.dtypes import uint32 as uint32
from chainrule.dtypes import uint64 as uint64
from chainrule.engine.grad_flag import is_grad_enabled as is_grad_enabled
from chainrule.engine.grad_mode import enable_grad as enable_grad
from chainrule.engine.grad_mode import inference_mode as inference_mode
from chainrule.engine.grad_mode import no_grad as no_grad
from chainrule.engine.grad_mode import set_grad_enabled as set_grad_enabled
from chainrule.engine.inference import is_inference_mode_enabled as is_inference_mode_enabled
from chainrule.configuration import show_config as show_config
from chainrule.layouts import channels_last as channels_last
from chainrule.layouts import channels_last_3d as channels_last_3d
from chainrule.layouts import contiguous_format as contiguous_format
from chainrule.layouts import layout as layout
from chainrule.layouts import memory_format as memory_format
from chainrule.layouts import preserve_format as preserve_format
from chainrule.layouts import strided as strided
from chainrule.memory import empty_cache as empty_cache
from chainrule.memory import memory_stats as memory_stats
from chainrule.memory import reset_peak_memory_stats as reset_peak_memory_stats
from chainrule.memory import set_memory_pool as set_memory_pool
from chainrule.random import Generator as Generator
from chainrule.random import default_generator as default_generator
from chainrule.random import get_rng_state as get_rng_state
from chainrule.random import initial_seed as initial_seed
from chainrule.random import manual_seed as manual_seed
from chainrule.random import seed as seed
from chainrule.random import set_rng_state as set_rng_state
from chainrule.settings import are_deterministic_algorithms_enabled as are_deterministic_algorithms_enabled
from chainrule.settings import get_default_device as get_default_device
from chainrule.settings import get_deterministic_debug_mode as get_deterministic_debug_mode
from chainrule.settings import get_float32_matmul_precision as get_float32_matmul_precision
from chainrule.settings import (
    is_deterministic_algorithms_warn_only_enabled as is_deterministic_algorithms_warn_only_enabled,
)
from chainrule.settings import is_vulkan_available as is_vulkan_available
from chainrule.settings import is_warn_always_enabled as is_warn_always_enabled
from chainrule.settings import set_default_device as set_default_device
from chainrule.settings import set_default_tensor_type as set_default_tensor_type
from chainrule.settings import set_deterministic_debug_mode as set_deterministic_debug_mode
from chainrule.settings import set_float32_matmul_precision as set_float32_matmul_precision
from chainrule.settings import set_flush_denormal as set_flush_denormal
from chainrule.settings import set_warn_always as set_warn_always
from chainrule.settings import use_deterministic_algorithms as use_deterministic_algorithms
from chainrule.size import Size as Size
from chainrule.tensor import Tensor as Tensor
from chainrule.tensor_queries import can_cast as can_cast
from chainrule.tensor_queries import equal as equal
from chainrule.tensor_queries import is_complex as is_complex
from chainrule.tensor_queries import is_floating_point as is_floating_point
from chainrule.tensor_queries import is_inference as is_inference
from chainrule.tensor_queries import is_nonzero as is_nonzero
from chainrule.tensor_queries import is_tensor as is_tensor
from chainrule.tensor_queries import numel as numel
from chainrule.tensor_queries import result_type as result_type
from chainrule.tensor_text import set_printoptions as set_printoptions
from chainrule.threads import get_num_interop_threads as get_num_interop_threads
from chainrule.threads import get_num_threads as get_num_threads
from chainrule.threads import set_num_interop_threads as set_num_interop_threads
from chainrule.threads import set_num_threads as set_num_threads
from chainrule.type_info import finfo as finfo
from chainrule.type_info import iinfo as iinfo
from chainrule.typename import typename as typename
from chainrule.typed_tensors import BoolTensor as BoolTensor
from chainrule.typed_tensors import ByteTensor as ByteTensor
from chainrule.typed_tensors import CharTensor as CharTensor
from chainrule.typed_tensors import DoubleTensor as DoubleTensor
from chainrule.typed_tensors import FloatTensor as FloatTensor
from chainrule.typed_tensors import HalfTensor as HalfTensor
from chainrule.typed_tensors import IntTensor as IntTensor
from chainrule.typed_tensors import LongTensor as LongTensor
from chainrule.typed_tensors import ShortTensor as ShortTensor
from chainrule.func import vmap as vmap
from chainrule.autograd.anomaly_mode import is_anomaly_check_nan_enabled as is_anomaly_check_nan_enabled
from chainrule.autograd.anomaly_mode import is_anomaly_enabled as is_anomaly_enabled
from chainrule.autograd.anomaly_mode import set_anomaly_enabled as set_anomaly_enabled
from chainrule.amp.autocast_mode import autocast as autocast
from chainrule.amp.autocast_mode import clear_autocast_cache as clear_autocast_cache
from chainrule.amp.autocast_mode import get_autocast_cpu_dtype as get_autocast_cpu_dtype
from chainrule.amp.autocast_mode import get_autocast_dtype as get_autocast_dtype
from chainrule.amp.autocast_mode import get_autocast_gpu_dtype as get_autocast_gpu_dtype
from chainrule.amp.autocast_mode import is_autocast_cache_enabled as is_autocast_cache_enabled
from chainrule.amp.autocast_mode import is_autocast_cpu_enabled as is_autocast_cpu_enabled
from chainrule.amp.autocast_mode import is_autocast_enabled as is_autocast_enabled
from chainrule.amp.autocast_mode import set_autocast_cache_enabled as set_autocast_cache_enabled
from chainrule.amp.autocast_mode import set_autocast_dtype as set_autocast_dtype
from chainrule.amp.autocast_mode import set_autocast_enabled as set_autocast_enabled
from chainrule.compiler import compile as compile
from chainrule import accelerator as accelerator
from chainrule import amp as amp
from chainrule import autograd as autograd
from chainrule import backends as backends
from chainrule import compiler as compiler
from chainrule import cpu as cpu
from chainrule import cuda as cuda
from chainrule import fft as fft
from chainrule import func as func
from chainrule import linalg as linalg
from chainrule import mps as mps
from chainrule import nn as nn
from chainrule import optim as optim
from chainrule import random as random
from chainrule import serialization as serialization
from chainrule import signal as signal
from chainrule import special as special
from chainrule import utils as utils
from chainrule import version as version
from chainrule import xpu as xpu
from chainrule.serialization import load as load
from chainrule.serialization import save as save
from chainrule._declared.torch_a import *
from chainrule._declared.torch_b_to_c import *
from chainrule._declared.torch_d_to_e import *
from chainrule._declared.torch_f_to_h import *
from chainrule._declared.torch_i_to_k import *
from chainrule._declared.torch_l import *
from chainrule._declared.torch_m import *
from chainrule._declared.torch_n_to_p import *
from chainrule._declared.torch_q_to_r import *
from chainrule._declared.torch_s import *
from chainrule._declared.torch_t_to_z import *

float = float32
double = float64
half = float16
short = int16
int = int32
long = int64
cfloat = complex64
cdouble = complex128
newaxis = None
__version__: str
