"""Which type comes out: of two tensors, of a tensor and a number, of functions and conversions."""

import torch

TYPES = [torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.float32,
         torch.float64, torch.complex64, torch.complex128]
TYPES_AND_NUMBERS = [t for t in TYPES if t is not torch.float16]


def short(tensor):
    return str(tensor.dtype).replace("torch.", "")


print("two tensors")
for a in TYPES[:9]:
    print(f"{a!s:16}", *[f"{short(torch.ones(1, dtype=a) + torch.ones(1, dtype=b)):>10}" for b in TYPES[:9]])
print("a tensor and one without dimensions")
for a in TYPES_AND_NUMBERS:
    print(f"{a!s:16}", *[f"{short(torch.ones(1, dtype=a) * torch.ones((), dtype=b)):>10}" for b in TYPES_AND_NUMBERS])
print("a tensor and a number")
for a in TYPES_AND_NUMBERS:
    t = torch.ones(2, dtype=a)
    print(a, [(short(t + s), short(s * t), short(t / s)) for s in (True, 2, 2.5, 1j)])
print("functions")
for a in TYPES[:9]:
    t = torch.tensor([1, 0, 1]).to(a)
    for name in ("sum", "prod", "mean", "exp", "sqrt", "abs", "neg", "sigmoid", "max", "any", "all", "std", "floor",
                 "square", "sin", "sign", "round", "reciprocal"):
        try:
            print(a, name, getattr(t, name)())
        except Exception as e:
            print(a, name, type(e).__name__, str(e).splitlines()[0])

x, y = torch.tensor([7, -7, 3]), torch.tensor([2, 2, -2])
print(x / y, x // y, x % y, torch.div(x, y, rounding_mode="trunc"), x**2, x & y, x | y, x ^ y, ~x, x << 1, x >> 1)
print(x > y, x == 7, (x > 0) & (y > 0), ~(x > 0), torch.logical_and(x, y), (x > 0).sum(), (x > 0).float().mean())
for mistake in (
    lambda: (x > 0) - (y > 0), lambda: -(x > 0), lambda: x.mean(), lambda: x.float() @ y, lambda: x.add_(1.5),
    lambda: torch.mm(torch.ones(2, 2), torch.ones(2, 2).double()), lambda: x.div_(2), lambda: x**-1,
    lambda: torch.tensor([1, 2]).sqrt_(), lambda: torch.tensor([300], dtype=torch.uint8), lambda: x + None,
    lambda: torch.tensor(["a"]), lambda: torch.tensor([[1, 2], [3]]), lambda: x.float() & y, lambda: x + "a",
    lambda: torch.tensor([1, 2], requires_grad=True), lambda: torch.arange(3).requires_grad_(), lambda: x + [1, 2, 3],
):
    try:
        print(mistake())
    except Exception as e:
        print(type(e).__name__, str(e).splitlines()[0])

print(torch.promote_types(torch.int32, torch.float32), torch.result_type(x, 1.0), torch.can_cast(torch.float, torch.int))
torch.set_default_dtype(torch.float64)
print(torch.tensor([1.0]), torch.zeros(2), torch.rand(1).dtype, torch.tensor([1.0], dtype=torch.float32), (x / 2).dtype)
torch.set_default_dtype(torch.float32)
print(x.to(torch.float32), x.type(torch.float64), x.type("torch.FloatTensor"), x.type_as(torch.ones(1)), x.double())
print(torch.FloatTensor([1, 2]), torch.LongTensor([1, 2]), torch.Tensor([1, 2]), torch.BoolTensor([True]))
print(torch.tensor([1.7, -1.7]).int(), torch.tensor([0.0, 2.0]).bool(), torch.tensor([255], dtype=torch.uint8) + 1)
print(torch.arange(3).dtype, torch.arange(3.0).dtype, torch.tensor(True).dtype, torch.tensor([1.0, 2]).dtype,
      torch.zeros(2, dtype=int).dtype, torch.full((2,), 1).dtype, torch.randint(3, (2,)).dtype,
      torch.where(x > 0, 1, 2.0).dtype, isinstance(x, torch.LongTensor), x.is_floating_point())
