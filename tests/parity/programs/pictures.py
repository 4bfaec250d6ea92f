"""A spatial transformer that learns to turn pictures upright, and a small network that makes them larger."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
torch.set_printoptions(precision=3, linewidth=100)


def picture(angle, size=12):
    # A bar, turned by an angle.
    angle = torch.as_tensor(angle)
    theta = torch.stack(
        [torch.stack([angle.cos(), -angle.sin(), angle * 0]), torch.stack([angle.sin(), angle.cos(), angle * 0])]
    )
    bar = torch.zeros(1, 1, size, size)
    bar[..., 2:-2, size // 2 - 1 : size // 2 + 1] = 1
    grid = F.affine_grid(theta[None], bar.shape, align_corners=False)
    return F.grid_sample(bar, grid, align_corners=False, padding_mode="zeros"), bar


turned, upright = picture(0.6)
print(turned.shape, turned.sum(), (turned - upright).abs().mean())
print(turned[0, 0, 3:9, 3:9])


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.ReflectionPad2d(1), nn.Conv2d(1, 4, 3), nn.ReLU(), nn.FractionalMaxPool2d(2, 5)
        )
        self.theta = nn.Linear(100, 6)
        nn.init.zeros_(self.theta.weight)
        self.theta.bias.data.copy_(torch.tensor([1.0, 0, 0, 0, 1, 0]))

    def forward(self, x):
        theta = self.theta(self.features(x).flatten(1)).view(-1, 2, 3)
        grid = F.affine_grid(theta, x.shape, align_corners=False)
        return F.grid_sample(x, grid, align_corners=False), theta


model = Transformer()
print(model)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for step in range(12):
    optimizer.zero_grad()
    straightened, theta = model(turned)
    loss = F.mse_loss(straightened, upright)
    loss.backward()
    optimizer.step()
    if step % 3 == 0:
        print(f"{step}: {loss.item():.4f}", theta.detach().flatten())


class Larger(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Conv2d(1, 4, 3, padding=1)
        self.shuffle = nn.PixelShuffle(2)
        self.plain = nn.Upsample(scale_factor=2, mode="bicubic", align_corners=False)

    def forward(self, x):
        return self.plain(x) + self.shuffle(self.body(x))


network = Larger()
print(network)
small = F.interpolate(turned, scale_factor=0.5, mode="bilinear", antialias=True)
print(small.shape, F.interpolate(small, size=3, mode="area"))
optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
for step in range(10):
    optimizer.zero_grad()
    loss = F.l1_loss(network(small), turned)
    loss.backward()
    optimizer.step()
    if step % 3 == 0:
        print(f"{step}: {loss.item():.4f}")
print(network.body.bias)

for mode in ("nearest", "nearest-exact", "bilinear", "bicubic", "area"):
    made = F.interpolate(small, size=(4, 5), mode=mode).requires_grad_()
    print(mode, made.shape, made.mean())
line = torch.tensor([[[1.0, 2.0, 4.0]]], requires_grad=True)
stretched = F.interpolate(line, scale_factor=2, mode="linear", align_corners=True)
print(stretched)
(gradient,) = torch.autograd.grad(stretched.pow(2).sum(), line, create_graph=True)
print(gradient)
print(torch.autograd.grad(gradient.sum(), line)[0])
volume = torch.arange(8.0).reshape(1, 1, 2, 2, 2)
print(F.interpolate(volume, scale_factor=2, mode="trilinear")[0, 0, 1])
print(nn.ChannelShuffle(2)(torch.arange(8).reshape(1, 4, 2)), F.pixel_unshuffle(torch.arange(16).reshape(1, 4, 4), 2))
try:
    F.interpolate(line, scale_factor=2, mode="bilinear")
except NotImplementedError as error:
    print("NotImplementedError:", error)
try:
    F.pixel_shuffle(volume, 3)
except RuntimeError as error:
    print("RuntimeError:", error)
