"""Someone measures: sensors are combined by complex numbers, counted in bins, pooled by stretches, differentiated."""

import math

import torch

torch.manual_seed(7)
torch.set_printoptions(precision=4)

# Phasors of three sensors, and what the sum of them says.
amplitude = torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64, requires_grad=True)
phase = torch.tensor([0.0, math.pi / 3, -1.0], dtype=torch.float64, requires_grad=True)
signal = torch.polar(amplitude, phase)
print("signal", signal)
power = signal.sum().abs() ** 2
power.backward()
print("power", power.item(), amplitude.grad, phase.grad)
print("parts", torch.view_as_real(signal.detach()), torch.complex(signal.detach().real, signal.detach().imag))
print("conjugates", torch.is_conj(signal), torch.resolve_conj(signal.detach().conj()))

# Counts per minute.
rates = torch.tensor([0.5, 4.0, 40.0]).expand(5, 3)
counts = torch.poisson(rates)
print("counts", counts)
print("accepted", torch.binomial(counts, torch.full_like(counts, 0.9)))
print("and the stream goes on", torch.rand(2))

# How they lie.
values = torch.randn(200, dtype=torch.float64)
hist, edges = torch.histogram(values, bins=6, range=(-3.0, 3.0))
print("hist", hist, edges)
print(torch.histogram(values, torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64), density=True))
pairs = torch.histogramdd(values.reshape(100, 2), bins=[2, 3])
print("pairs", pairs.hist, [e.shape for e in pairs.bin_edges])
mantissa, exponent = torch.frexp(values[:4])
print("frexp", mantissa, exponent)

# Sentences of words, each of its own length.
words = torch.arange(12.0, dtype=torch.float64).reshape(6, 2).requires_grad_()
for how in ("sum", "mean", "max"):
    pooled = torch.segment_reduce(words, how, lengths=torch.tensor([1, 3, 2]))
    (gradient,) = torch.autograd.grad(pooled.pow(2).sum(), words)
    print(how, pooled, gradient)
slots = torch.ones(3, 2, dtype=torch.float64).index_reduce(0, torch.tensor([0, 2, 0]), words[:3].detach(), "amax")
print("slots", slots)

# A curve's slope, and where it is known only at some points.
t = torch.linspace(0, 1, 6, dtype=torch.float64)
print("slope", torch.gradient(t**2, spacing=(t,))[0])
print("plane", torch.gradient(torch.outer(t, t), spacing=0.2, dim=(0, 1), edge_order=2)[1][2])

# Weights that must not grow.
weights = (torch.arange(6.0).reshape(2, 3) - 2).requires_grad_()
print("renorm", torch.renorm(weights, p=2, dim=0, maxnorm=1.5))

# Where things are.
flat = torch.tensor([5, 11, 0])
print("places", torch.unravel_index(flat, (3, 4)))
print("known", torch.isin(flat, torch.tensor([0, 5])), torch.isin(flat, 5, invert=True))
print("padded", torch.nonzero_static(torch.tensor([0, 3, 0, 4]), size=3, fill_value=-1))

# Memory.
table = torch.arange(6)
print("storage", table[3:].untyped_storage().nbytes(), table[3:].storage_offset(), table.untyped_storage()[8])
print("windows", torch.as_strided_copy(table, (3, 3), (1, 1)), torch.unfold_copy(table, 0, 2, 2))
columns = torch.empty_strided((2, 3), (1, 2), dtype=torch.int64).copy_(table.view(2, 3))
print("columns", columns, columns.stride(), columns.dim_order())
print("back", torch.ones(2, 3, 4).sum_to_size(3, 1), torch.split_copy(table, 4))
for bad in (
    lambda: torch.complex(table, table),
    lambda: torch.segment_reduce(words, "sum", lengths=torch.tensor([1, 2])),
    lambda: torch.histogram(values, 0),
    lambda: torch.renorm(weights, 0, 0, 1),
    lambda: torch.gradient(t, edge_order=3),
    lambda: weights.apply_(abs),
):
    try:
        bad()
    except Exception as error:
        print(type(error).__name__, error)
