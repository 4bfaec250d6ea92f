"""`torch.hub` fetches models, and Python code with them, from the network: chainrule fetches nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NoReturn

from chainrule.names import public_name

__all__ = ["download_url_to_file", "get_dir", "help", "list", "load", "load_state_dict_from_url", "set_dir"]

_chosen: dict[str, str] = {}


def get_dir() -> str:
    """Where PyTorch keeps what it has fetched: `$TORCH_HOME/hub`, or `~/.cache/torch/hub`.

    >>> torch.hub.get_dir().endswith("hub")
    True
    """
    if "dir" in _chosen:
        return _chosen["dir"]
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    home = os.environ.get("TORCH_HOME", str(Path(cache) / "torch"))
    return str(Path(home).expanduser() / "hub")


def set_dir(d: str | os.PathLike[str]) -> None:
    """Say where, for this process."""
    _chosen["dir"] = str(Path(d).expanduser())


def _refuse(what: str, instead: str) -> NoReturn:
    raise NotImplementedError(f"{public_name()}.hub.{what} is not supported: chainrule fetches nothing. {instead}")


_CODE = "Get the model's code as a package, and its weights with torch.load."
_FILE = "Download the file with a tool of your choice, and read it with torch.load."


def load(repo_or_dir: str, model: str, *args: Any, **kwargs: Any) -> Any:
    """Raise NotImplementedError: it would run code from the network.

    >>> try:
    ...     torch.hub.load("pytorch/vision", "resnet18")
    ... except NotImplementedError as error:
    ...     print(str(error).partition(":")[0])
    chainrule.hub.load is not supported
    """
    _refuse("load", _CODE)


def list(github: str, *args: Any, **kwargs: Any) -> Any:
    """Raise NotImplementedError: it would run code from the network."""
    _refuse("list", _CODE)


def help(github: str, model: str, *args: Any, **kwargs: Any) -> Any:
    """Raise NotImplementedError: it would run code from the network."""
    _refuse("help", _CODE)


def load_state_dict_from_url(url: str, *args: Any, **kwargs: Any) -> Any:
    """Raise NotImplementedError: nothing is fetched."""
    _refuse("load_state_dict_from_url", _FILE)


def download_url_to_file(url: str, dst: str, *args: Any, **kwargs: Any) -> None:
    """Raise NotImplementedError: nothing is fetched."""
    _refuse("download_url_to_file", _FILE)
