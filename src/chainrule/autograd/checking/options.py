"""What `gradcheck` was asked to check, and how closely."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """The arguments of `gradcheck`; `names`: what users call `check_forward_ad` and `check_backward_ad`."""

    eps: float
    atol: float
    rtol: float
    nondet_tol: float
    check_undefined_grad: bool
    check_grad_dtypes: bool
    check_batched_grad: bool
    check_batched_forward_grad: bool
    check_forward_ad: bool
    check_backward_ad: bool
    fast_mode: bool
    masked: bool
    names: tuple[str, str] = ("check_forward_ad", "check_backward_ad")

    def require_sensible(self) -> None:
        """Raise AssertionError where nothing is left to check, or not what a check rests on."""
        forward, backward = self.names
        if not (self.check_forward_ad or self.check_backward_ad):
            raise AssertionError(f"Expected at least one of {forward} or {backward} to be True")
        if self.check_undefined_grad and not self.check_backward_ad and backward == "check_rev_over_rev":
            raise AssertionError(f"Setting check_undefined_grad=True requires {backward} to be True")
        if self.check_batched_grad and not self.check_backward_ad:
            raise AssertionError(f"Setting check_batched_grad=True requires {backward} to be True")
        if self.check_batched_forward_grad and not self.check_forward_ad:
            raise AssertionError(f"Setting check_batched_forward_grad=True requires {forward} to be True")
