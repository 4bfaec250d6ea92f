"""Whether gradients are right: compared with finite differences, and the operation named whose rule is wrong.

`gradcheck` compares the first derivatives of a function with differences of its values, `gradgradcheck` the second with
differences of the first. Both say in PyTorch's words what does not agree, and add where it comes from: the function is
run again with each operation watched (`checking/`), and those whose gradients do not account for what their results do
are named, with the line that called them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chainrule.autograd.checking.options import Options
    from chainrule.autograd.checking.subject import Subject

__all__ = [
    "gradcheck",
    "gradgradcheck",
    "GradcheckError",
    "get_numerical_jacobian",
    "get_analytical_jacobian",
    "get_numerical_jacobian_wrt_specific_input",
]

DEPRECATED = (
    "`{}` was part of PyTorch's private API and not meant to be exposed. We are deprecating it and it will be removed "
    "in a future version of PyTorch. If you have a specific use for this or feature request for this to be a stable "
    "API, please file us an issue at https://github.com/pytorch/pytorch/issues/new"
)


class GradcheckError(RuntimeError):
    """What `gradcheck` and `gradgradcheck` raise: gradients do not agree with finite differences.

    >>> import chainrule as torch
    >>> from chainrule.autograd.gradcheck import GradcheckError
    >>> x = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    >>> try:
    ...     torch.autograd.gradcheck(lambda x: x * x.detach(), x)
    ... except GradcheckError as error:
    ...     print(error)
    Jacobian mismatch for output 0 with respect to input 0,
    numerical:tensor([[2.0000]], dtype=chainrule.float64)
    analytical:tensor([[1.]], dtype=chainrule.float64)
    <BLANKLINE>
    What is wrong comes from here:
      mul (MulBackward0), called at ...
        'other' depends on the inputs but does not require grad: ...
    """


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Return True where the gradients of `func` agree with finite differences at `inputs`; else raise GradcheckError.

    The error says which output, which input, both Jacobians, and which operation is to blame, with the line that called
    it. Beyond the Jacobians that PyTorch compares, each operation that `func` calls is looked at by itself: whether it
    changes what it was given, keeps something stale for its gradient, is right for other layouts of memory, and right
    to more digits than `rtol` asks for.

    Args:
        func: takes `inputs`, returns a tensor or a tuple of tensors; the same each time.
        inputs: a tensor, or a tuple of arguments. Checked are the floating-point and complex tensors among them that
            require grad; they should be in double precision.
        eps: how far each element of an input is moved to both sides.
        atol: what Jacobians may differ by,
        rtol: and what by, relative to the numerical one.
        raise_exception: return False where an error would be raised.
        nondet_tol: what the same backward pass may differ by when it runs again.
        check_undefined_grad: whether outputs may have no gradient, which counts as zero.
        check_grad_dtypes: whether gradients have the type of their inputs, and no formula loses precision.
        check_batched_grad: whether gradients of a batch (`vmap`) are those of its entries.
        check_batched_forward_grad: whether tangents of a batch are.
        check_forward_ad: whether tangents of forward mode agree with finite differences.
        check_backward_ad: whether to check what backward mode gives.
        fast_mode: compare products with random vectors in place of whole Jacobians.
        masked: let zero gradients be zero to within rounding only.

    Raises ValueError where no input requires grad, RuntimeError where elements of one lie at one place in memory.

    >>> import chainrule as torch
    >>> x = torch.tensor([0.5, 2.0], dtype=torch.float64, requires_grad=True)
    >>> torch.autograd.gradcheck(torch.tanh, x)
    True
    """
    from chainrule.autograd.checking.options import Options
    from chainrule.autograd.checking.subject import Subject

    options = Options(
        eps=eps,
        atol=atol,
        rtol=rtol,
        nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad,
        check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad,
        check_batched_forward_grad=check_batched_forward_grad,
        check_forward_ad=check_forward_ad,
        check_backward_ad=check_backward_ad,
        fast_mode=fast_mode,
        masked=bool(masked),
    )
    return _agrees(Subject(func, inputs), options, raise_exception)


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Return True where second derivatives of `func` agree with differences of the first; else raise GradcheckError.

    Checked is the product of `grad_outputs` with the Jacobian, as a function of `inputs` and of `grad_outputs`; where
    it is wrong, the operation of `func` is named whose formula has a wrong derivative.

    `grad_outputs`, the gradients of the outputs, are checked where they require grad; without them random ones are,
    which lie apart in memory with `gen_non_contig_grad_outputs`. `check_fwd_over_rev` takes the second derivative by
    forward mode, `check_rev_over_rev` by backward mode.

    The other arguments are those of `gradcheck`, and so are the errors.

    >>> import chainrule as torch
    >>> x = torch.tensor([0.5, 2.0], dtype=torch.float64, requires_grad=True)
    >>> torch.autograd.gradgradcheck(torch.tanh, x)
    True
    """
    from chainrule.autograd.checking.options import Options
    from chainrule.autograd.checking.second_order import subject_of_gradients

    options = Options(
        eps=eps,
        atol=atol,
        rtol=rtol,
        nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad,
        check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad,
        check_batched_forward_grad=False,
        check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev,
        fast_mode=fast_mode,
        masked=masked,
        names=("check_fwd_over_rev", "check_rev_over_rev"),
    )
    subject = subject_of_gradients(func, inputs, grad_outputs, apart=gen_non_contig_grad_outputs)
    return _agrees(subject, options, raise_exception)


def _agrees(subject: Subject, options: Options, raise_exception: bool) -> bool:
    from chainrule.autograd.checking.checks import check
    from chainrule.autograd.checking.subject import require_checkable

    options.require_sensible()
    require_checkable(subject.inputs, stacklevel=4)
    try:
        check(subject, options)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def get_numerical_jacobian(
    fn: Callable[..., Any], inputs: Any, target: Any = None, eps: float = 1e-3, grad_out: float = 1.0
) -> tuple[Any, ...]:
    """Return the Jacobian of the first output of `fn(inputs)` by finite differences, for each input (deprecated).

    `target`: the tensors to move, by default the inputs that require grad. Each Jacobian has a row for each element of
    its input. Raises ValueError for another `grad_out`, and where an output is complex.

    >>> import warnings
    >>> import chainrule as torch
    >>> from chainrule.autograd.gradcheck import get_numerical_jacobian
    >>> x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    >>> with warnings.catch_warnings(action="ignore"):
    ...     get_numerical_jacobian(lambda inputs: inputs[0] * 2, (x,))
    (tensor([[2.0000, 0.0000],
            [0.0000, 2.0000]], dtype=chainrule.float64),)
    """
    from chainrule.autograd.checking.jacobians import numerical_jacobians

    warnings.warn(DEPRECATED.format("get_numerical_jacobian"), FutureWarning, stacklevel=2)
    if grad_out != 1.0:
        raise ValueError(
            "Expected grad_out to be 1.0. get_numerical_jacobian no longer supports values of grad_out != 1.0."
        )
    arguments = inputs if isinstance(inputs, (tuple, list)) else (inputs,)
    return tuple(of_outputs[0] for of_outputs in numerical_jacobians(lambda: fn(inputs), target or arguments, eps))


def get_analytical_jacobian(
    inputs: Any, output: Any, nondet_tol: float = 0.0, grad_out: float = 1.0
) -> tuple[tuple[Any, ...], bool, bool, bool]:
    """Return the Jacobian of `output` by backward passes, for each input that requires grad (deprecated).

    With it: whether passes agree to within `nondet_tol`, whether gradients have the inputs' sizes, and their types.
    Raises ValueError for another `grad_out`, and for a complex output.

    >>> import warnings
    >>> import chainrule as torch
    >>> from chainrule.autograd.gradcheck import get_analytical_jacobian
    >>> x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    >>> with warnings.catch_warnings(action="ignore"):
    ...     get_analytical_jacobian((x,), x * x)
    ((tensor([[2., 0.],
            [0., 4.]], dtype=chainrule.float64),), True, True, True)
    """
    from chainrule.autograd.checking.jacobians import analytical_jacobians

    warnings.warn(DEPRECATED.format("get_analytical_jacobian"), FutureWarning, stacklevel=2)
    if grad_out != 1.0:
        raise ValueError(
            "Expected grad_out to be 1.0. get_analytical_jacobian no longer supports values of grad_out != 1.0."
        )
    if output.is_complex():
        raise ValueError(
            "Expected output to be non-complex. get_analytical_jacobian no longer supports functions that return "
            "complex outputs."
        )
    return analytical_jacobians(inputs, output, nondet_tol)


def get_numerical_jacobian_wrt_specific_input(
    fn: Callable[..., Any],
    input_idx: int,
    inputs: Any,
    outputs: Any,
    eps: float,
    input: Any = None,
    is_forward_ad: bool = False,
) -> tuple[Any, ...]:
    """Return the Jacobian of each output of `fn(*inputs)` with respect to one input, by finite differences.

    `input`: the tensor to move, by default the one at `input_idx`; raises AssertionError where it requires no grad.

    >>> import chainrule as torch
    >>> from chainrule.autograd.gradcheck import get_numerical_jacobian_wrt_specific_input
    >>> x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    >>> get_numerical_jacobian_wrt_specific_input(lambda x: x.sum(), 0, (x,), None, 1e-3)
    (tensor([[1.0000],
            [1.0000]], dtype=chainrule.float64),)
    """
    from chainrule.autograd.checking.jacobians import numerical_jacobians

    moved = inputs[input_idx] if input is None else input
    if not moved.requires_grad:
        raise AssertionError("Expected input to have requires_grad=True")
    return numerical_jacobians(lambda: fn(*inputs), (moved,), eps)[0]
