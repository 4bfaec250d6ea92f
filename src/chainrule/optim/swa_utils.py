"""Averages of weights over a training: stochastic weight averaging, and exponential moving averages."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any, Literal, TypeAlias

from chainrule import nn
from chainrule.engine.grad_mode import no_grad
from chainrule.nn.modules.batchnorm import _BatchNorm
from chainrule.ops.from_data import tensor
from chainrule.optim.lr_scheduler.scheduler import LRScheduler, Rate, for_each_group
from chainrule.optim.optimizer import Optimizer
from chainrule.tensor import Tensor

Average: TypeAlias = Callable[[Tensor, Tensor, Any], Tensor]
AverageOfAll: TypeAlias = Callable[[Any, Any, Any], None]

__all__ = [
    "SWALR",
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]


def get_ema_multi_avg_fn(decay: float = 0.999) -> AverageOfAll:
    """A function that moves all parameters of an average to `decay` of themselves and the rest of the model's.

    >>> average, now = [torch.tensor([1.0])], [torch.tensor([2.0])]
    >>> torch.optim.swa_utils.get_ema_multi_avg_fn(0.9)(average, now, 1)
    >>> average
    [tensor([1.1000])]
    """
    _check_decay(decay)

    def ema_update(ema_param_list: list[Tensor], current_param_list: list[Tensor], _: Any) -> None:
        with no_grad():
            for average, now in zip(ema_param_list, current_param_list, strict=True):
                if average.is_floating_point() or average.is_complex():
                    average.lerp_(now, 1 - decay)
                else:
                    average.copy_(average * decay + now * (1 - decay))

    return ema_update


def get_swa_multi_avg_fn() -> AverageOfAll:
    """A function that takes one more model into the mean of all parameters.

    >>> average, now = [torch.tensor([1.0])], [torch.tensor([2.0])]
    >>> torch.optim.swa_utils.get_swa_multi_avg_fn()(average, now, 3)
    >>> average
    [tensor([1.2500])]
    """

    def swa_update(averaged_param_list: list[Tensor], current_param_list: list[Tensor], num_averaged: Any) -> None:
        with no_grad():
            for average, now in zip(averaged_param_list, current_param_list, strict=True):
                if average.is_floating_point() or average.is_complex():
                    average.lerp_(now, 1 / (float(num_averaged) + 1))
                else:
                    average.copy_(average + (now - average) / (num_averaged + 1))

    return swa_update


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """A function that returns `decay` of a parameter of an average and the rest of the model's.

    >>> torch.optim.swa_utils.get_ema_avg_fn(0.9)(torch.tensor([1.0]), torch.tensor([2.0]), 1)
    tensor([1.1000])
    """
    _check_decay(decay)

    def ema_update(ema_param: Tensor, current_param: Tensor, _: Any) -> Tensor:
        with no_grad():
            average: Tensor = decay * ema_param + (1 - decay) * current_param
        return average

    return ema_update


def get_swa_avg_fn() -> Average:
    """A function that returns the mean of a parameter with one more model taken in.

    >>> torch.optim.swa_utils.get_swa_avg_fn()(torch.tensor([1.0]), torch.tensor([2.0]), 3)
    tensor([1.2500])
    """

    def swa_update(averaged_param: Tensor, current_param: Tensor, num_averaged: Any) -> Tensor:
        with no_grad():
            average: Tensor = averaged_param + (current_param - averaged_param) / (num_averaged + 1)
        return average

    return swa_update


def _check_decay(decay: float) -> None:
    if not 0 <= decay <= 1:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")


class AveragedModel(nn.Module):
    """A copy of a model whose parameters are the mean of the model's over a training.

    Args:
        model: the model.
        device: where the copy is.
        avg_fn: a function of a parameter's average, the model's parameter and the number of models averaged so far,
            which returns the new average. By default all models count the same.
        multi_avg_fn: the same for the lists of all parameters, which changes the averages in place.
        use_buffers: average the buffers too; else those of the model are taken over.

    >>> model = nn.Linear(1, 1)
    >>> average = torch.optim.swa_utils.AveragedModel(model)
    >>> for value in (1.0, 2.0, 6.0):
    ...     _ = nn.init.constant_(model.weight, value)
    ...     average.update_parameters(model)
    >>> average.module.weight.item(), average.n_averaged
    (3.0, tensor(3))
    """

    n_averaged: Tensor

    def __init__(
        self,
        model: nn.Module,
        device: Any = None,
        avg_fn: Average | None = None,
        multi_avg_fn: AverageOfAll | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", tensor(0))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the averaged model makes of its arguments."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: nn.Module) -> None:
        """Take the parameters that the model now has into the average."""
        averages, present = self._averaged(self), self._averaged(model)
        pairs = [
            (average.detach(), now.detach().to(average.device)) for average, now in zip(averages, present, strict=False)
        ]
        if self.n_averaged == 0:
            for average, now in pairs:
                average.copy_(now)
        elif pairs:
            self._average(pairs)
        if not self.use_buffers:
            # Buffers stay in step with the model.
            for kept, buffer in zip(self.module.buffers(), model.buffers(), strict=True):
                kept.detach().copy_(buffer.detach().to(kept.device))
        self.n_averaged += 1

    def _averaged(self, model: nn.Module) -> Iterable[Tensor]:
        of = model.module if model is self else model
        if not self.use_buffers:
            return of.parameters()
        return itertools.chain(of.parameters(), of.buffers())

    def _average(self, pairs: list[tuple[Tensor, Tensor]]) -> None:
        averages, present = map(list, zip(*pairs, strict=True))
        if self.avg_fn is None:
            (self.multi_avg_fn or get_swa_multi_avg_fn())(averages, present, self.n_averaged)
            return
        for average, now in pairs:
            average.copy_(self.avg_fn(average, now, self.n_averaged.to(average.device)))


def update_bn(loader: Iterable[Any], model: nn.Module, device: Any = None) -> None:
    """Compute the running means and variances of a model's batch norms anew, by one pass over the data.

    Args:
        loader: batches: tensors, or lists or tuples whose first element goes into the model.
        model: the model.
        device: where the batches go before the model.

    >>> model = nn.BatchNorm1d(1)
    >>> torch.optim.swa_utils.update_bn([torch.tensor([[1.0], [3.0]])], model)
    >>> model.running_mean
    tensor([2.])
    """
    momenta: dict[Any, Any] = {}
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            module.reset_running_stats()
            momenta[module] = module.momentum
    if not momenta:
        return
    was_training = model.training
    model.train()
    for module in momenta:
        # All batches count the same.
        module.momentum = None
    with no_grad():
        for batch in loader:
            first = batch[0] if isinstance(batch, list | tuple) else batch
            model(first if device is None else first.to(device))
    for module, momentum in momenta.items():
        module.momentum = momentum
    model.train(was_training)


class SWALR(LRScheduler):
    """Goes to a learning rate that then stays, for the epochs whose weights are averaged.

    Args:
        optimizer: whose learning rates are to change.
        swa_lr: the learning rate in the end, or a list with one for each group.
        anneal_epochs: the number of epochs until then.
        anneal_strategy: the way: `"cos"` or `"linear"`.
        last_epoch: the epoch after which training goes on; -1 begins anew.

    >>> optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = torch.optim.swa_utils.SWALR(optimizer, swa_lr=0.5, anneal_epochs=2, anneal_strategy="linear")
    >>> for epoch in range(4):
    ...     print(scheduler.get_last_lr())
    ...     optimizer.step()
    ...     scheduler.step()
    [1.0]
    [0.75]
    [0.5]
    [0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float,
        anneal_epochs: int = 10,
        anneal_strategy: Literal["cos", "linear"] = "cos",
        last_epoch: int = -1,
    ) -> None:
        for group, rate in zip(optimizer.param_groups, for_each_group("swa_lr", optimizer, swa_lr), strict=True):
            group["swa_lr"] = rate
        if anneal_strategy not in {"cos", "linear"}:
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self._anneal_strategy = anneal_strategy
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def _part(self, step: int) -> float:
        # How much of the way is done.
        done = max(0, min(1, step / max(1, self.anneal_epochs)))
        return done if self._anneal_strategy == "linear" else (1 - math.cos(math.pi * done)) / 2

    def get_lr(self) -> list[Rate]:
        """The learning rates that are due."""
        self._warn_outside_step()
        # In PyTorch's way: from the present learning rate back to where it came from, and on from there.
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._part(step - 1), self._part(step)
        rates = []
        for group in self.optimizer.param_groups:
            swa_lr, lr = group["swa_lr"], group["lr"]
            first = swa_lr if before == 1 else (lr - before * swa_lr) / (1 - before)
            rates.append(swa_lr * now + first * (1 - now))
        return rates
