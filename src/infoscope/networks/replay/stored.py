"""How modules store a recurrence: complex parameters, orders of axes, layers that follow."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor, nn

T = TypeVar("T")
_COMPLEX_PARTS = (("_re", "_im"), ("_real", "_imag"), (".re", ".im"))


class Layout(NamedTuple):
    """An input as (batch, time, feature), and the way back to the module's own order of axes."""

    x: Tensor
    back: Callable[[Tensor], Tensor]


def there(value: T | None) -> T:
    """Return what recognition of a module has established to be there."""
    assert value is not None
    return value


def tensor_of(module: nn.Module, name: str) -> Tensor | None:
    """Return a parameter or buffer of a module by name, or None."""
    value = getattr(module, name, None)
    return value.detach() if isinstance(value, Tensor) else None


def child_of(module: nn.Module, *names: str) -> nn.Linear | None:
    """Return the first linear layer of a module among some names, or None."""
    found = (getattr(module, name, None) for name in names)
    return next((child for child in found if isinstance(child, nn.Linear)), None)


def complex_of(module: nn.Module, name: str, dims: int) -> Tensor | None:
    """Return a complex parameter with a number of axes: complex, pairs of reals, or two tensors."""
    whole = tensor_of(module, name)
    if whole is not None:
        if whole.dim() == dims:
            return whole
        pairs = whole.dim() == dims + 1 and whole.shape[-1] == 2 and not whole.is_complex()
        return torch.view_as_complex(whole.contiguous()) if pairs else None
    for real, imaginary in _COMPLEX_PARTS:
        parts = [tensor_of(module, name + suffix) for suffix in (real, imaginary)]
        if parts[0] is not None and parts[1] is not None and parts[0].dim() == dims:
            return torch.complex(parts[0], parts[1])
    return None


def layouts(x: Tensor, features: int) -> Iterator[Layout]:
    """Yield the orders of axes in which an input can be read, batch first before time first."""
    if x.dim() == 2 and x.shape[1] == features:
        yield Layout(x[None], lambda y: y[0])
    if x.dim() != 3:
        return
    if x.shape[2] == features:
        yield Layout(x, lambda y: y)
    if x.shape[1] == features:
        yield Layout(x.transpose(1, 2), lambda y: y.transpose(1, 2))
    if x.shape[2] == features:
        yield Layout(x.transpose(0, 1), lambda y: y.transpose(0, 1))


def skip_of(module: nn.Module, u: Tensor, name: str = "D") -> Tensor | float:
    """Return the direct part D u of an output, with D a vector, a matrix or absent."""
    D = tensor_of(module, name)
    if D is None:
        return 0.0
    return u @ D.mT if D.dim() == 2 and D.shape[-1] == u.shape[-1] else u * D.flatten()


def readouts(
    module: nn.Module, core: Sequence[Callable[[Tensor], Tensor]], layout: Layout,
    used: Sequence[nn.Module] = (),
) -> list[Callable[[Tensor], Tensor]]:  # fmt: skip
    """Return candidates for a module's output from those for the output of its recurrence.

    Its other layers may follow in the order in which they are defined (activation, dropout, output
    layer), in its own order of axes or with the features last.
    """
    rest = [child for child in module.children() if not any(child is one for one in used)]
    found = [_followed(one, layout.back, []) for one in core]
    if rest:
        found += [_followed(one, layout.back, rest) for one in core]
        found += [_followed(one, layout.back, rest, features_last=True) for one in core]
    return found


def _followed(
    core: Callable[[Tensor], Tensor],
    back: Callable[[Tensor], Tensor],
    rest: Sequence[nn.Module],
    features_last: bool = False,
) -> Callable[[Tensor], Tensor]:
    def output(h: Tensor) -> Tensor:
        y = core(h) if features_last else back(core(h))
        for layer in rest:
            y = layer(y)
        return back(y) if features_last else y

    return output
