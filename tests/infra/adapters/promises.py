"""What an adapter relies on inside a library that guarantees nothing: checked by name and by parameters."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import pytest


@dataclass(frozen=True)
class Promise:
    """A name that an adapter calls, overrides or sets.

    `owner` returns the class, module or instance that has it. `parameters` are those that may be passed by position or
    by name (None: not a function). `use` says what the adapter does with it.
    """

    owner: Callable[[], Any]
    name: str
    use: str
    parameters: Sequence[str] | None = None

    def __str__(self) -> str:
        owner = self.owner()
        return f"{getattr(owner, '__name__', type(owner).__name__)}.{self.name}"


@dataclass(frozen=True)
class Adapter:
    """An adapter's module, the library behind it, and everything that it relies on there."""

    module: str
    library: str
    promises: Sequence[Promise]

    def broken(self) -> list[str]:
        """Return a sentence for each promise that the installed version breaks, saying what to check."""
        return [sentence for promise in self.promises if (sentence := self._fault_of(promise))]

    def _fault_of(self, promise: Promise) -> str | None:
        owner = promise.owner()
        if not hasattr(owner, promise.name):
            return self._sentence(promise, "is gone")
        if promise.parameters is None:
            return None
        found = _parameters(getattr(owner, promise.name))
        missing = [name for name in promise.parameters if name not in found]
        return self._sentence(promise, f"does not take {', '.join(missing)} any more") if missing else None

    def _sentence(self, promise: Promise, fault: str) -> str:
        return (
            f"{promise} of {self.library} {version(self.library)} {fault}. {self.module} {promise.use}: read what the "
            f"library does instead, change the adapter, and only then raise the version in requirements.lock."
        )


def _parameters(function: Any) -> list[str]:
    return list(inspect.signature(function).parameters)


def check_each_is_missed(adapter: Adapter, patch: pytest.MonkeyPatch) -> None:
    """Take away each name, then its parameters, and check that `broken` reports it."""
    for promise in adapter.promises:
        with patch.context() as taken:
            for holder in _holders(promise):
                taken.delattr(holder, promise.name)
            _check_sentence(adapter.broken(), f"{promise} of {adapter.library}", "is gone")
        if promise.parameters:
            with patch.context() as changed:
                changed.setattr(promise.owner(), promise.name, lambda: None)
                _check_sentence(adapter.broken(), str(promise), promise.parameters[-1])


def _holders(promise: Promise) -> list[Any]:
    """The owner and its base classes, as far as they define the name themselves."""
    owner = promise.owner()
    classes = inspect.getmro(owner) if inspect.isclass(owner) else (owner, *inspect.getmro(type(owner)))
    return [each for each in classes if promise.name in vars(each)]


def _check_sentence(sentences: Iterable[str], *words: str) -> None:
    found = [sentence for sentence in sentences if all(word in sentence for word in words)]
    assert found, f"no sentence says {words}"
