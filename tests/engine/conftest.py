"""What the engine's tests share: an error is recognised by its key, whatever the language."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from kpixl.errors import UserError


@pytest.fixture
def refuses() -> Callable[[type[UserError], str], AbstractContextManager[pytest.ExceptionInfo[UserError]]]:
    """Expect a refusal: the class of the error and its key."""

    @contextmanager
    def expecting(kind: type[UserError], key: str) -> Iterator[pytest.ExceptionInfo[UserError]]:
        with pytest.raises(kind) as caught:
            yield caught
        assert caught.value.key == key
        assert str(caught.value)

    return expecting
