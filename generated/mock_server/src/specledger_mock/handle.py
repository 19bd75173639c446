"""What a test holds of one API of the mock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import BaseModel

from .credential import Identity
from .faults import Fault
from .journal import Exchange
from .json_text import Json
from .resources import Resources
from .server import Mock

if TYPE_CHECKING:
    from .session import Session


class ApiMock:
    """One API of the mock, as the fixture `<api>_mock` gives it."""

    def __init__(self, name: str, session: Session) -> None:
        self.name = name
        self._session = session
        self._api = session.mock.apis[name]
        self.resources = Resources(self._api, session.mock.turn)

    @property
    def url(self) -> str:
        """The API's base URL on a port of this process; a server is started by the first who asks."""
        return f"{self._session.origin}/{self.name}"

    @property
    def app(self) -> Mock:
        """The mock as an ASGI application, for a transport without a socket; the API's paths lie below its name."""
        return self._session.mock

    @property
    def identities(self) -> Mapping[str, Identity]:
        """Who may call, by name; the first may do everything."""
        return {identity.name: identity for identity in self._api.callers()}

    @property
    def requests(self) -> list[Exchange]:
        """The requests of this test that reached the API and their answers, oldest first, credentials struck out."""
        with self._session.mock.turn:
            return self._session.mock.journal.entries(self.name)

    def seed(self, *objects: BaseModel | Mapping[str, object], into: str | type[BaseModel] = "") -> None:
        """Stores objects, each in the place of one with its id: all of them, or none where one is refused.

        A model goes into its own collection. A dict goes where `into` says, by the collection's name or its model;
        without `into`, into the API's only collection. Raises ValueError for what does not fit.
        """
        with self._session.mock.turn:
            before = self._api.state.snapshot()
            try:
                for found in objects:
                    self.resources.put(found, into)
            except BaseException:
                self._api.state.restore(before)
                raise

    def fail_next(
        self,
        status: int | None = None,
        *,
        operation: str = "",
        times: int = 1,
        retry_after: float | None = None,
        body: Json = None,
        latency: float | tuple[float, float] = 0.0,
        drop: bool = False,
        truncate: int | None = None,
    ) -> None:
        """Lets the next request fail, or the next `times`; of one operation where its operationId is given.

        With a `status` the request is not carried out. Without one it is, and its answer comes late, is cut after
        `truncate` bytes or is lost with the connection. Raises ValueError for an operation that is not there.
        """
        known = [found.id for found in self._api.operations]
        if operation and operation not in known:
            raise ValueError(f"{self.name} has no operation {operation!r}; there are: {', '.join(known)}")
        if status is None and not (latency or drop or truncate is not None):
            raise ValueError("fail_next needs a status, a latency, drop or truncate")
        fault = Fault(
            api=self.name,
            operation=operation,
            status=status,
            body=body,
            latency=latency,
            times=times,
            drop=drop,
            truncate=truncate,
            retry_after=retry_after,
        )
        with self._session.mock.turn:
            self._session.mock.faults.add(fault)
