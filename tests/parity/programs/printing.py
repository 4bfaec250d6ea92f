"""How tensors of every kind print: types, sizes, precision, summaries, options, inside lists and f-strings."""

import torch

print(torch.tensor([[1, 2], [3, 4]]), torch.tensor([[True, False]]), torch.tensor([1.5, 2]), torch.tensor(3))
print(torch.tensor([]), torch.empty(0, 3), torch.zeros(2, 0, 3), torch.tensor([], dtype=torch.long))
print(torch.tensor([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]], requires_grad=True))
x = torch.arange(12.0).reshape(3, 4)
x.requires_grad_()
print(x, x[0], x[:, 1], x.T, x.view(2, 6), x[1, 2], x.detach(), x.sum(), x[None], x[..., None].shape)
print(f"{x.sum()}", f"{x.sum().item():8.2f}", f"{x.detach().mean():.3f}", "%.3f" % x.mean().item())
print(f"{torch.tensor(5)}", f"{torch.tensor(5):>5}|", f"{torch.tensor(True)}", str(x.dtype), x.shape, x.size(), x.size(0))
print(x.ndim, x.dim(), x.numel(), len(x), x.device, x.layout, x.is_leaf, x.stride(), x.element_size(), x.type())
print(x.T.is_contiguous(), type(x), type(x.shape), type(x.dtype), type(x.grad_fn), type((x + 1).grad_fn))
for values in ([1e-10, 1.0], [1e10, 1.0], [1e5, 1.0], [123456.789], [float("nan"), float("inf"), -float("inf"), 1.0],
               [0.0, -0.0], [1.0, 1000.0], [0.001, 1000.0], [1e8, 2e8], 1e-5, 12345678.0, 9999.5, [9999.5, 0.0001],
               [100000.5, 2.0], [1 + 2j, 3 - 4j], 1j, [1.5 + 2.25j]):
    print(torch.tensor(values), torch.tensor(values).shape)
for dtype in (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.half, torch.float, torch.double,
              torch.bool, torch.cfloat):
    print(dtype, torch.tensor([0, 1, 3]).to(dtype), torch.ones((), dtype=dtype))
print(torch.arange(1000)[-40:], torch.arange(1001), torch.arange(2000.0).reshape(40, 50))
print(torch.zeros(100, 100), torch.ones(3, 100)[:, :30], torch.zeros(2, 3, 4), torch.arange(3)[None, :, None])
print(torch.full((2, 2), 7), torch.full((2, 2), 7.0), torch.full((2,), True), torch.eye(3), torch.eye(2, 3).int())
print(torch.linspace(0, 1, 5), torch.logspace(0, 2, 3), torch.arange(5, 0, -2), torch.arange(0, 1, 0.25))

torch.set_printoptions(precision=2)
print(torch.tensor([1.23456, 2.3456]), torch.tensor(3.14159))
torch.set_printoptions(sci_mode=True)
print(torch.tensor([1.23456, 2.3456]))
torch.set_printoptions(sci_mode=False)
print(torch.tensor([1e-10, 1e5]))
torch.set_printoptions(threshold=5, edgeitems=2)
print(torch.arange(10), torch.arange(100).reshape(10, 10))
torch.set_printoptions(profile="default", linewidth=40)
print(torch.arange(30))
torch.set_printoptions(profile="full")
print(torch.arange(1100)[-30:])
torch.set_printoptions(profile="short")
print(torch.tensor([1.23456]))
torch.set_printoptions(profile="default")
print(torch.tensor([1.23456]))

print([torch.tensor(1), torch.tensor([2.0])], (torch.tensor(1),), {"a": torch.tensor([1, 2])})
print(torch.nn.Parameter(torch.tensor([1.0, 2.0])), torch.Size([2, 3]), torch.Size([2, 3]).numel(), *x.shape)
print(torch.device("cpu"), repr(torch.device("cuda", 1)), torch.device("cpu:0").index, torch.cuda.is_available())
device = "cuda" if torch.cuda.is_available() else "cpu"
print(f"Using {device} device", torch.ones(1, device=device).device, x.to(device).device, torch.get_default_dtype())
print(torch.pi, torch.inf, torch.nan, torch.e, torch.finfo(torch.float32), torch.iinfo(torch.uint8).max)

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
for t in (a + 1, a * 2, a / 2, a**2, 2**a, -a, 1 - a, a @ a, a.exp(), a.log(), a.sum(), a.mean(), a.max(), a.norm(),
          a.relu(), a.sigmoid(), a.tanh(), a.sqrt(), a.clone(), a[0], a[:2], a[[0, 1]], a[a > 1], a.view(3, 1),
          a.unsqueeze(0), a.expand(2, 3), a.repeat(2), torch.cat([a, a]), torch.stack([a, a]), torch.where(a > 1, a, 0),
          a.softmax(0), a.prod(), a.std(), a.cumsum(0), a.clamp(1, 2), a.sort().values, a.double(), a.unbind()[1],
          a.split(2)[0], a.roll(1), a.diag(), a.min(), a.median(), a.logsumexp(0), a.masked_fill(a > 2, 0), a.detach(),
          a > 1, a.long(), a.argmax(), torch.outer(a, a), torch.maximum(a, a), a % 2):
    print(t)
print(torch.max(torch.tensor([[1.0, 5.0], [7.0, 2.0]]), dim=1), torch.sort(torch.tensor([3, 1, 2])))
print(torch.topk(torch.tensor([3.0, 1.0, 2.0]), 2), list(torch.tensor([1, 2])), tuple(torch.eye(2)))
print(bool(torch.tensor([1.0])), int(torch.tensor(3.7)), float(torch.tensor(2)), torch.tensor([[1, 2]]).tolist())
