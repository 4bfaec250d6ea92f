"""Lazy modules, adaptive softmax, further norms, one device's DataParallel, nn.grad and names, beside PyTorch's."""

import copy
import importlib
import io
import pickle

import numpy as np
import pytest

import chainrule

from .test_parametrizations_parity import assert_the_same, trained

torch = pytest.importorskip("torch")

LAZY = {
    "LazyLinear(4)": (2, 3),
    "LazyLinear(4, bias=False)": (2, 3),
    "LazyConv1d(4, 2)": (2, 3, 5),
    "LazyConv2d(4, (2, 3), padding=1, bias=False)": (2, 3, 5, 5),
    "LazyConv3d(4, 2, stride=2)": (2, 3, 4, 4, 4),
    "LazyConv2d(6, 3, groups=3)": (2, 3, 5, 5),
    "LazyConv1d(4, 2, padding_mode='circular', padding=1)": (3, 5),
    "LazyConvTranspose1d(4, 2)": (2, 3, 5),
    "LazyConvTranspose2d(6, 2, groups=3, stride=2)": (2, 3, 5, 5),
    "LazyConvTranspose3d(4, 2, bias=False)": (3, 4, 4, 4),
    "LazyBatchNorm1d()": (4, 3),
    "LazyBatchNorm2d()": (2, 3, 4, 4),
    "LazyBatchNorm3d(affine=False)": (2, 3, 2, 2, 2),
    "LazyBatchNorm1d(track_running_stats=False)": (2, 3, 4),
    "LazyBatchNorm2d(bias=False, momentum=None)": (2, 3, 4, 4),
    "LazyInstanceNorm1d()": (2, 3, 4),
    "LazyInstanceNorm2d(affine=False)": (2, 3, 4, 4),
    "LazyInstanceNorm3d(track_running_stats=False)": (2, 3, 2, 2, 2),
}


def module_of(lib, text):
    return eval(f"nn.{text}", {"nn": lib.nn})  # (as a user writes it)


@pytest.mark.parametrize("text", LAZY)
def test_lazy_modules(text):
    def program(lib):
        layer = module_of(lib, text)
        before = [layer, *layer.state_dict(), *layer.state_dict().values(), layer.has_uninitialized_params()]
        kinds = [type(p).__name__ for p in [*layer.parameters(), *layer.buffers()]]
        x = lib.linspace(-1, 2, int(np.prod(LAZY[text]))).reshape(LAZY[text])
        after = trained(layer, x)
        return [
            *before,
            *kinds,
            *after,
            type(layer).__name__,
            len(layer._forward_pre_hooks),
            hasattr(layer, "_load_hook"),
        ]

    assert_the_same(program, rtol=1e-4, atol=1e-5)


def net(lib):
    nn = lib.nn
    return nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.ReLU(), nn.Flatten(), nn.LazyLinear(2))


def used(lib):
    module = net(lib)
    module(lib.ones(2, 3, 4, 4))
    return module


def loaded(lib, module, state, **keywords):
    return [
        module.load_state_dict(state, **keywords),
        module,
        *module.state_dict().values(),
        module(lib.ones(2, 3, 4, 4)),
    ]


def mine(lib, cls_to_become=None, initialize=True):
    class Scale(lib.nn.modules.lazy.LazyModuleMixin, lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = lib.nn.UninitializedParameter()
            self.offset = lib.nn.UninitializedBuffer()

        if initialize:

            def initialize_parameters(self, input, twice=False):
                self.scale.materialize(input.shape[1:])
                lib.nn.init.ones_(self.scale)
                if initialize == "whole":
                    self.offset.materialize((1,), dtype=lib.float64)
                    self.offset.fill_(2)

        def forward(self, input, twice=False):
            return input * self.scale + self.offset

    return Scale()


def of_parameter(use):
    def program(lib):
        return use(lib, lib.nn.LazyLinear(3).weight)

    return program


PROGRAMS = {
    "network": lambda lib: (net(lib), trained(used(lib), lib.ones(2, 3, 4, 4))[0], used(lib)),
    "double": lambda lib: (
        m := net(lib).double(),
        m[0].weight.dtype,
        m(lib.ones(2, 3, 4, 4, dtype=lib.float64)),
        *m.state_dict().values(),
    ),
    "half and back": lambda lib: net(lib).half().float()[0].weight.dtype,
    "to": lambda lib: net(lib).to(lib.float64)[1].running_mean.dtype,
    "dtype": lambda lib: (lib.nn.LazyLinear(2, dtype=lib.float64)(lib.ones(1, 2, dtype=lib.float64)),),
    "loaded": lambda lib: loaded(lib, net(lib), used(lib).state_dict()),
    "loaded lazy into lazy": lambda lib: loaded(lib, net(lib), net(lib).state_dict()),
    "loaded lazy into used": lambda lib: used(lib).load_state_dict(net(lib).state_dict()),
    "loaded and called with another size": lambda lib: (
        m := lib.nn.LazyLinear(2),
        m.load_state_dict(lib.nn.Linear(3, 2).state_dict()),
        m(lib.ones(1, 4)),
    ),
    "loaded and called": lambda lib: (
        m := lib.nn.LazyLinear(2),
        m.load_state_dict(lib.nn.Linear(3, 2).state_dict()),
        m,
        m(lib.ones(1, 3)),
        m,
    ),
    "loaded with keys missing": lambda lib: lib.nn.LazyLinear(2).load_state_dict({"weight": lib.ones(2, 3)}),
    "loaded, not strict": lambda lib: (
        m := lib.nn.LazyLinear(2),
        m.load_state_dict({"weight": lib.ones(2, 3)}, strict=False),
        m.state_dict(),
    ),
    "deep copy": lambda lib: (m := copy.deepcopy(lib.nn.LazyConv2d(4, 3)), m(lib.ones(2, 3, 4, 4)), m, *m.parameters()),
    "pickled": lambda lib: (m := pickle.loads(pickle.dumps(net(lib)[4])), m, m.weight),
    "saved": lambda lib: (f := io.BytesIO(), lib.save(used(lib).state_dict(), f), f.seek(0), lib.load(f))[3],
    "trained by an optimizer made before": lambda lib: (
        m := lib.nn.LazyLinear(1),
        o := lib.optim.SGD(m.parameters(), lr=0.1),
        m(lib.ones(2, 3)).sum().backward(),
        o.step(),
        *m.parameters(),
    )[4:],
    "wrong number of dimensions": lambda lib: lib.nn.LazyConv2d(3, 2)(lib.ones(2, 2)),
    "groups": lambda lib: lib.nn.LazyConv2d(4, 2, groups=2)(lib.ones(1, 3, 4, 4)),
    "norm of what it cannot take": lambda lib: lib.nn.LazyBatchNorm1d()(lib.ones(2, 3, 4, 4)),
    "one's own": lambda lib: (
        m := mine(lib, initialize="whole"),
        m,
        m(lib.ones(2, 3)),
        type(m).__name__,
        *m.state_dict(),
        m.offset.dtype,
    ),
    "one's own, by name": lambda lib: mine(lib, initialize="whole")(lib.ones(2, 3), twice=True),
    "one's own, not whole": lambda lib: mine(lib)(lib.ones(2, 3)),
    "one's own, without": lambda lib: mine(lib, initialize=False)(lib.ones(2, 3)),
    "weight norm": lambda lib: lib.nn.utils.weight_norm(lib.nn.LazyLinear(2)),
    "spectral norm": lambda lib: lib.nn.utils.spectral_norm(lib.nn.LazyLinear(2)),
    "initial weights": lambda lib: (
        used(lib).apply(lambda m: m.reset_parameters() if hasattr(m, "reset_parameters") else None)[4].weight
    ),
    "parameter": of_parameter(
        lambda lib, p: [
            p,
            p.dtype,
            p.device,
            p.requires_grad,
            p.grad,
            p.is_leaf,
            p.size(),
            p.size(0),
            p.is_complex(),
            p.is_floating_point(),
        ]
    ),
    "shape": of_parameter(lambda lib, p: p.shape),
    "sharing": of_parameter(lambda lib, p: p.share_memory_()),
    "is_lazy": lambda lib: [
        lib.nn.parameter.is_lazy(t)
        for t in (lib.nn.UninitializedParameter(), lib.nn.UninitializedBuffer(), lib.ones(1), 3)
    ],
    "materialized": lambda lib: (
        p := lib.nn.UninitializedParameter(dtype=lib.float64),
        p.materialize((2, 3)),
        type(p).__name__,
        p.shape,
        p.dtype,
        b := lib.nn.UninitializedBuffer(),
        b.materialize((2,), dtype=lib.int64),
        type(b).__name__,
        b.dtype,
        p.requires_grad,
        b.requires_grad,
    )[1:5],
    "buffers": lambda lib: (
        m := lib.nn.Module(),
        setattr(m, "a", lib.nn.UninitializedBuffer()),
        setattr(m, "b", lib.nn.UninitializedBuffer(persistent=False)),
        *dict(m.named_buffers()),
        *m._non_persistent_buffers_set,
    ),
    # ---- adaptive softmax ----
    "adaptive": lambda lib: (
        m := lib.nn.AdaptiveLogSoftmaxWithLoss(16, 20, [5, 10], div_value=2.0, head_bias=True),
        x := lib.randn(6, 16, requires_grad=True),
        r := m(x, lib.tensor([0, 4, 5, 9, 10, 19])),
        type(r).__name__,
        r.output,
        r.loss,
        r.loss.backward(),
        x.grad,
        *[p.grad for p in m.parameters()],
        m.log_prob(x),
        m.predict(x),
        *m.state_dict(),
    ),
    "adaptive, one": lambda lib: tuple(lib.nn.AdaptiveLogSoftmaxWithLoss(16, 20, [5])(lib.ones(16), lib.tensor(7))),
    "adaptive, a batch of one": lambda lib: tuple(
        lib.nn.AdaptiveLogSoftmaxWithLoss(16, 20, [5])(lib.ones(1, 16), lib.tensor([7]))
    ),
    "adaptive, frequent only": lambda lib: (
        m := lib.nn.AdaptiveLogSoftmaxWithLoss(16, 20, [18]),
        m.predict(lib.randn(4, 16)),
        *m(lib.ones(2, 16), lib.tensor([1, 2])),
    ),
    "adaptive, rare": lambda lib: lib.nn.AdaptiveLogSoftmaxWithLoss(16, 40, [1]).predict(lib.randn(8, 16)),
    "adaptive, outside": lambda lib: lib.nn.AdaptiveLogSoftmaxWithLoss(16, 20, [5])(
        lib.ones(2, 16), lib.tensor([7, 20])
    ),
    "adaptive, no cutoffs": lambda lib: lib.nn.AdaptiveLogSoftmaxWithLoss(16, 20, []),
    "adaptive, cutoffs in no order": lambda lib: lib.nn.AdaptiveLogSoftmaxWithLoss(16, 20, [5, 3]),
    "adaptive, cutoffs too large": lambda lib: lib.nn.AdaptiveLogSoftmaxWithLoss(16, 20, [20]),
    "adaptive, two targets each": lambda lib: lib.nn.AdaptiveLogSoftmaxWithLoss(16, 20, [5])(
        lib.ones(2, 16), lib.ones(2, 2)
    ),
    "adaptive, sizes": lambda lib: lib.nn.AdaptiveLogSoftmaxWithLoss(16, 20, [5])(lib.ones(2, 16), lib.ones(3)),
    "adaptive, input of too many dimensions": lambda lib: lib.nn.AdaptiveLogSoftmaxWithLoss(16, 20, [5])(
        lib.ones(2, 1, 16), lib.ones(2)
    ),
    "adaptive, input of too many dimensions for one": lambda lib: lib.nn.AdaptiveLogSoftmaxWithLoss(16, 20, [5])(
        lib.ones(2, 16), lib.tensor(1)
    ),
    # ---- norms ----
    "cross map": lambda lib: (
        m := lib.nn.CrossMapLRN2d(3, 0.5, 0.6, 2),
        m(lib.linspace(-1, 1, 56).reshape(1, 7, 2, 4)),
    ),
    "cross map, even": lambda lib: lib.nn.CrossMapLRN2d(4, 0.5)(lib.linspace(-1, 1, 56).reshape(1, 7, 2, 4)),
    "cross map, few channels": lambda lib: (
        x := lib.linspace(-1, 1, 16).reshape(1, 2, 2, 4).requires_grad_(),
        y := lib.nn.CrossMapLRN2d(5, 0.5)(x),
        y.sum().backward(),
        x.grad,
    ),
    "cross map, dimensions": lambda lib: lib.nn.CrossMapLRN2d(3)(lib.ones(2, 3)),
    "sync": lambda lib: trained(lib.nn.SyncBatchNorm(3), lib.linspace(-1, 1, 24).reshape(2, 3, 4)),
    "sync, dimensions": lambda lib: lib.nn.SyncBatchNorm(3)(lib.ones(3)),
    "sync, no channels": lambda lib: lib.nn.SyncBatchNorm(0)(lib.ones(2, 0)),
    "converted": lambda lib: (
        m := lib.nn.Sequential(
            lib.nn.BatchNorm1d(2), lib.nn.Sequential(lib.nn.BatchNorm2d(3, affine=False), lib.nn.ReLU())
        ).eval(),
        n := lib.nn.SyncBatchNorm.convert_sync_batchnorm(m),
        n is m,
        n[0].training,
        lib.nn.SyncBatchNorm.convert_sync_batchnorm(lib.nn.BatchNorm1d(2, bias=False)),
    ),
    # ---- one device ----
    "data parallel": lambda lib: trained(lib.nn.DataParallel(lib.nn.Linear(2, 3), [0, 1], 0, 1), lib.ones(2, 2)),
    "data_parallel": lambda lib: lib.nn.parallel.data_parallel(lib.nn.Linear(2, 3), lib.ones(1, 2)),
    "distributed": lambda lib: lib.nn.parallel.DistributedDataParallel(lib.nn.Linear(2, 3)),
    "prefix": lambda lib: (
        s := lib.nn.DataParallel(lib.nn.Sequential(lib.nn.Linear(2, 3))).state_dict(),
        lib.nn.modules.utils.consume_prefix_in_state_dict_if_present(s, "module."),
        *s,
        *s._metadata,
    ),
    # ---- old names, options ----
    "container": lambda lib: lib.nn.Container(a=lib.nn.ReLU(), b=lib.nn.Tanh()),
    "nll 2d": lambda lib: lib.nn.NLLLoss2d()(lib.ones(1, 2, 2, 2), lib.zeros(1, 2, 2, dtype=lib.int64)),
    "options": lambda lib: lib.nn.LinearCrossEntropyOptions(batch_chunk_size=3),
    **{
        f"options {keywords}": lambda lib, keywords=keywords: lib.nn.LinearCrossEntropyOptions(**keywords)
        for keywords in (
            {"acc_policy": "what"},
            {"chunking_method": "what"},
            {"chunking_method": "aspect_ratio:0"},
            {"chunking_method": "aspect_ratio:2"},
            {"batch_chunk_size": 0},
            {"chunking_method": None},
        )
    },
    "factory": lambda lib: [
        *lib.nn.factory_kwargs({"dtype": 3, "factory_kwargs": {"device": 4}}).items(),
        lib.nn.factory_kwargs(None),
    ],
    "factory, unknown": lambda lib: lib.nn.factory_kwargs({"dtipe": 3}),
    "factory, twice": lambda lib: lib.nn.factory_kwargs({"dtype": 3, "factory_kwargs": {"dtype": 4}}),
    "tuples": lambda lib: [
        lib.nn.modules.utils._pair(3),
        lib.nn.modules.utils._triple([1, 2]),
        lib.nn.modules.utils._single(1),
        lib.nn.modules.utils._reverse_repeat_tuple((1, 2), 2),
        lib.nn.modules.utils._list_with_default([None, 3], [1, 2, 3]),
        lib.nn.modules.utils._quadruple.__name__,
    ],
    "defaults": lambda lib: lib.nn.modules.utils._list_with_default([None, 3], [1, 2]),
    "old clipping": lambda lib: (
        p := lib.ones(2, requires_grad=True),
        (p * 3).sum().backward(),
        lib.nn.utils.clip_grad_norm([p], 1.0),
        p.grad,
    )[2:],
    "to_empty": lambda lib: (
        m := lib.nn.Linear(2, 3),
        w := m.weight,
        m.to_empty(device="cpu") is m,
        m.weight is w,
        m.weight.shape,
    )[2:],
    "to_empty without": lambda lib: lib.nn.Linear(2, 3).to_empty(),
    "attention": lambda lib: (
        [*lib.nn.attention.SDPBackend, int(lib.nn.attention.SDPBackend.FLASH_ATTENTION)]
        if lib is chainrule
        else [*lib.nn.attention.SDPBackend.__members__.values(), 1]
    ),
    "attention chosen": lambda lib: [
        c.__enter__() for c in [lib.nn.attention.sdpa_kernel([lib.nn.attention.SDPBackend.MATH], set_priority=True)]
    ],
    "attention by name": lambda lib: lib.nn.attention.sdpa_kernel("math").__enter__(),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name):
    assert_the_same(PROGRAMS[name])


GRADS = [
    lambda lib, g: g.conv1d_input((2, 4, 7), g.w1, lib.ones(2, 4, 3), stride=2, groups=2),
    lambda lib, g: g.conv2d_input(
        (1, 4, 6, 7), g.w2, lib.ones(1, 4, 2, 7), stride=(3, 1), padding=(1, 1), dilation=(2, 1), groups=2
    ),
    lambda lib, g: g.conv3d_input((1, 4, 3, 3, 3), g.w3, lib.ones(1, 4, 2, 2, 2), groups=2),
    lambda lib, g: g.conv1d_weight(lib.ones(2, 4, 7), (4, 2, 3), lib.ones(2, 4, 3), stride=2, groups=2),
    lambda lib, g: g.conv2d_weight(lib.ones(1, 4, 6, 7), (4, 2, 3, 3), lib.ones(1, 4, 2, 7), (3, 1), 1, (2, 1), 2),
    lambda lib, g: g.conv3d_weight(lib.ones(1, 4, 3, 3, 3), (4, 2, 2, 2, 2), lib.ones(1, 4, 2, 2, 2), groups=2),
    lambda lib, g: g.conv2d_input((1, 2, 5, 5), g.w2, lib.ones(1, 4, 3, 3), groups=2),
]


@pytest.mark.parametrize("use", GRADS)
def test_gradients_of_convolutions(use):
    def program(lib):
        class Functions:
            w1, w2, w3 = (
                lib.randn(4, 2, *(size,) * rank, requires_grad=True) for rank, size in ((1, 3), (2, 3), (3, 2))
            )

        for name in ("conv1d_input", "conv2d_input", "conv3d_input", "conv1d_weight", "conv2d_weight", "conv3d_weight"):
            setattr(Functions, name, staticmethod(getattr(lib.nn.grad, name)))
        result = use(lib, Functions)
        return [result, result.requires_grad]

    assert_the_same(program)


IMPORTS = [
    "utils: _single _pair _triple _quadruple _ntuple _reverse_repeat_tuple consume_prefix_in_state_dict_if_present",
    "loss: _Loss _WeightedLoss CrossEntropyLoss CTCLoss TripletMarginLoss NLLLoss2d",
    "batchnorm: _BatchNorm _NormBase BatchNorm2d SyncBatchNorm",
    "conv: _ConvNd _ConvTransposeNd Conv2d LazyConv2d",
    "normalization: LayerNorm LocalResponseNorm CrossMapLRN2d GroupNorm",
    "instancenorm: _InstanceNorm InstanceNorm2d",
    "linear: Linear Identity Bilinear LazyLinear",
    "lazy: LazyModuleMixin",
    "container: Sequential ModuleList ModuleDict ParameterList ParameterDict Container",
    "adaptive: AdaptiveLogSoftmaxWithLoss",
    "pixelshuffle: PixelShuffle PixelUnshuffle",
    "channelshuffle: ChannelShuffle",
    "module: Module register_module_forward_hook",
    "pooling: MaxPool2d FractionalMaxPool2d",
    "activation: ReLU MultiheadAttention",
    "linear_cross_entropy_options: LinearCrossEntropyOptions",
]


@pytest.mark.parametrize("line", IMPORTS)
def test_modules_are_imported_from_where_pytorch_has_them(line):
    name, _, members = line.partition(": ")
    module = importlib.import_module(f"chainrule.nn.modules.{name}")
    assert [member for member in members.split() if not hasattr(module, member)] == []


def test_no_public_name_of_nn_is_missing():
    left_out = {"intrinsic", "qat", "quantizable", "quantized", "factory_kwargs"}
    assert {n for n in dir(torch.nn) if not n.startswith("_")} - set(dir(chainrule.nn)) <= left_out
    utils = {n for n in dir(torch.nn.utils) if not n.startswith("_")}
    assert utils - set(dir(chainrule.nn.utils)) == set()
