"""Signals: spectra and their peaks, filters, spectrograms and back, a filter that is learnt, an image that is smoothed."""

import math

import torch

torch.manual_seed(0)

# A tone of 50 and one of 120 per second, in noise: which are they?
rate, count = 1000, 500
t = torch.arange(count) / rate
signal = torch.sin(2 * math.pi * 50 * t) + 0.5 * torch.sin(2 * math.pi * 120 * t)
noisy = signal + 0.3 * torch.randn(count)
spectrum = torch.fft.rfft(noisy)
frequencies = torch.fft.rfftfreq(count, d=1 / rate)
print(spectrum.shape, spectrum.dtype, frequencies[:4], frequencies[-1])
power = spectrum.abs() ** 2 / count
print(frequencies[power.topk(2).indices].sort().values)

# A filter in the frequency domain.
keep = (frequencies < 150).to(spectrum.dtype)
filtered = torch.fft.irfft(spectrum * keep, n=count)
print(f"{(noisy - signal).std():.4f} {(filtered - signal).std():.4f}")

# The same, with a transform of all frequencies, centred.
whole = torch.fft.fftshift(torch.fft.fft(signal[:16]))
print(whole.abs())
print(torch.fft.fftshift(torch.fft.fftfreq(16)))
print(torch.fft.ifft(torch.fft.ifftshift(whole)).real.sub(signal[:16]).abs().max() < 1e-5)

# A spectrogram, and back.
window = torch.hann_window(64)
spectrogram = torch.stft(noisy, 64, hop_length=16, window=window, return_complex=True)
print(spectrogram.shape, spectrogram.dtype)
print(spectrogram.abs().pow(2).mean(1).argsort(descending=True)[:3])
back = torch.istft(spectrogram, 64, hop_length=16, window=window, length=count)
print(torch.allclose(back, noisy, atol=1e-5))
for name in ("hann", "hamming", "blackman", "bartlett", "kaiser"):
    print(name, getattr(torch, f"{name}_window")(8))
print(torch.signal.windows.gaussian(5, std=1.5), torch.signal.windows.hann(5))

# Wiener's filter, learnt: weights for frequencies that bring the noisy signal near the clean one.
weights = torch.ones(count // 2 + 1, requires_grad=True)
optimizer = torch.optim.Adam([weights], lr=0.05)
for step in range(60):
    optimizer.zero_grad()
    estimate = torch.fft.irfft(torch.fft.rfft(noisy) * weights, n=count)
    loss = (estimate - signal).square().mean()
    loss.backward()
    optimizer.step()
    if step % 20 == 0:
        print(step, f"{loss.item():.4f}", weights.grad.dtype)
print(f"{weights[25].item():.2f} {weights[60].item():.2f} {weights[100:].abs().mean().item():.2f}")

# The gradient of a spectral loss, and what its graph is made of.
x = torch.tensor([1.0, 2.0, 0.0, -1.0], dtype=torch.float64, requires_grad=True)
z = torch.fft.fft(x)
print(z)
print(z.grad_fn.name(), z.real.grad_fn.name(), torch.fft.rfft(x).grad_fn.name(), torch.fft.ifft(z).grad_fn.name())
loss = z.abs().sum()
(gradient,) = torch.autograd.grad(loss, x, create_graph=True)
print(gradient)
(second,) = torch.autograd.grad(gradient[0], x)
print(second)

# Smoothing an image: a product of spectra is a convolution that goes round.
image = torch.zeros(6, 6)
image[2, 3] = 1
kernel = torch.zeros(6, 6)
kernel[:2, :2] = 0.25
smooth = torch.fft.irfft2(torch.fft.rfft2(image) * torch.fft.rfft2(kernel), s=image.shape)
print(smooth.round(decimals=3).abs())

for attempt in (
    lambda: torch.fft.rfft(z),
    lambda: torch.fft.fft(x, dim=1),
    lambda: torch.fft.fft(x, n=0),
    lambda: torch.fft.fft(x, norm="none"),
    lambda: torch.stft(x, 4),
    lambda: torch.fft.fft(x, out=torch.empty(4, dtype=torch.complex128)),
):
    try:
        attempt()
    except (RuntimeError, IndexError) as error:
        print(f"{type(error).__name__}: {error}".partition("\n")[0])
