"""Arrays and tensors side by side: shared memory, conversions, Python's own functions, plotting, scikit-learn."""

import math
import warnings

import matplotlib
import numpy as np
import torch

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

warnings.simplefilter("ignore")  # PyTorch's own calls of NumPy warn
n = np.array([1.0, 2.0, 3.0])
x = torch.tensor([1.0, 2.0, 3.0])
w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
print(torch.from_numpy(n), torch.tensor(n), torch.as_tensor(n), torch.from_numpy(np.array([1, 2])), torch.Tensor(n))
print(torch.from_numpy(n.astype(np.float32)), torch.tensor(np.float32(2.5)), torch.tensor(np.array([True])))
t = torch.from_numpy(n)
t[0] = 100
n[1] = 50
t.add_(1)
print(n, t)
n[:] = [1, 2, 3]
print(x.numpy(), type(x.numpy()), x.numpy().dtype, np.array(x), np.asarray(x), w.detach().numpy(), w.data.numpy())
for mistake in (lambda: w.numpy(), lambda: np.array(w), lambda: torch.from_numpy([1, 2]), lambda: torch.tensor({1: 2}),
                lambda: torch.tensor(None), lambda: torch.tensor("a")):
    try:
        print(mistake())
    except Exception as e:
        print(type(e).__name__, e)
print(np.sin(x), np.exp(x), np.sqrt(x), np.abs(-x), np.add(x, 1), np.linspace(0, 1, 3) * 2)
print(x * n, x + np.float64(1), np.float64(2) * x, x + np.ones(3, dtype=np.float32), x - np.int64(2), x @ np.ones(3))
for found in (np.unique(x), np.median(x), np.atleast_2d(x), np.average(x), np.linalg.norm(x)):  # arrays, or tensors
    print(np.allclose(x, [1, 2, 3]), np.asarray(found))
print(math.sqrt(torch.tensor(4.0)), math.sin(x[0]), round(torch.tensor(2.567).item(), 2), sum(x), max(x), min(x))
print(abs(torch.tensor(-3)), float(x[1]), sorted(x.tolist()), "abc"[torch.tensor(1)], list(range(torch.tensor(3))), reversed(x))
print(np.arange(5)[torch.tensor([0, 1])], np.arange(5)[torch.tensor(2)], x[np.array([0, 2])], x[np.int64(1)])
print(torch.zeros(np.int64(2)), torch.zeros(*n.shape), x.sum(np.int64(0)), x.reshape(np.int64(3), 1).shape)
a = np.zeros((2, 3))
a[0] = torch.ones(3)
a[1, :2] = torch.tensor([5.0, 6.0])
print(a)
x[0:2] = torch.from_numpy(np.array([7.0, 8.0]))
x[2] = np.float64(3.0)
print(x, x.new_tensor([1, 2]), x.new_zeros(2), x.new_full((2,), 3), torch.as_tensor(x) is x)

fig, ax = plt.subplots()
(line,) = ax.plot(x, x**2)
print(line.get_ydata())
(line,) = ax.plot(w.detach(), w.detach().sin().numpy())
print(line.get_xdata())
ax.scatter(x, x, c=x)
ax.bar(x, x)
ax.hist(x, bins=3)
ax.fill_between(x, x - 1, x + 1)
ax.errorbar(x, x, yerr=x)
ax.set_title(f"{x.sum():.2f}")
plt.imshow(torch.rand(4, 4))
plt.contourf(*torch.meshgrid(x, x, indexing="xy"), torch.ones(3, 3) * x)
plt.close("all")

from sklearn.datasets import load_iris  # noqa: E402
from sklearn.metrics import accuracy_score, confusion_matrix  # noqa: E402
from sklearn.model_selection import train_test_split  # noqa: E402

X, y = load_iris(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
X_train, y_train = torch.tensor(X_train, dtype=torch.float32), torch.LongTensor(y_train)
print(X_train.shape, y_train[:10], X_train[:2], torch.FloatTensor(X_test)[:1], X_train.mean(0))
print(accuracy_score(y_train, y_train), confusion_matrix(y_train, y_train))
