"""A state machine over the mock: `TestShop = machine("shop").TestCase` is a test for pytest and unittest.

It draws requests about what is stored at the time, right ones and wrong ones, and compares each answer and the whole
state with a small model: what is sent is stored and shown, nothing else changes, and a refusal changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from .answer import Answer, Judged
from .call import Call
from .expected import Expected, Wrong
from .isolated import session
from .rehearsal import APIS, is_behaviour, rehearsal
from .requests import Requests, requests

__all__ = ["ApiMachine", "Wrong", "machine"]


class ApiMachine(RuleBasedStateMachine):
    """One API of the mock, as it is seeded at the start of each run."""

    name = ""
    apis = APIS

    def __init__(self) -> None:
        super().__init__()
        self._session = session(self.apis)
        self._session.restore()
        self.mock = self._session.api(self.name)
        self.api = self._session.mock.apis[self.name]
        self.expected = Expected(self.api, rehearsal(self.name, self.apis).resources)

    def teardown(self) -> None:
        """Leaves the mock as it is seeded."""
        self._session.restore()

    def carry_out(self, drawn: Requests, call: Call) -> Answer:
        """Sends a request that keeps to the contract. Raises Wrong where answer or state are not as they should be."""
        answer = self._sent(call)
        if 200 <= answer.status < 300:
            self.expected.after(drawn.operation, call, answer)
        elif isinstance(answer, Judged) and is_behaviour(answer):
            self.expected.unchanged(f"the request was refused with {answer.status}")
        else:
            raise Wrong(f"{drawn!r} keeps to the contract, and was answered with {_shown(answer)}")
        return answer

    def refuse(self, drawn: Requests, call: Call) -> None:
        """Sends a request that breaks the contract. Raises Wrong where it is accepted or changes a thing."""
        answer = self._sent(call)
        if answer.status != drawn.refused_with:
            raise Wrong(f"{call!r} is refused with {drawn.refused_with}, and was answered with {_shown(answer)}")
        self.expected.unchanged(f"the request was refused with {answer.status}")

    def _sent(self, call: Call) -> Answer:
        note(f"{call.method} {call.url} {call.content[:1000]!r}")
        answer = call.send(self.mock)
        note(f"  {_shown(answer)}")
        return answer


def machine(api: str, *, apis: Path = APIS) -> type[ApiMachine]:
    """Returns the state machine of an API; `.TestCase` is its test. Raises ValueError for an API that there is not."""
    rules: dict[str, object] = {"name": api, "apis": apis}
    for operation in rehearsal(api, apis).api.operations:
        drawn = requests(api, operation.id, apis=apis)
        rules[f"valid_{operation.id}"] = rule(data=st.data())(_valid(drawn))
        if drawn.flaws:
            rules[f"invalid_{operation.id}"] = rule(call=drawn.invalid())(_invalid(drawn))
    return type(f"{api.title().replace('_', '')}Machine", (ApiMachine,), rules)


def _valid(drawn: Requests) -> Callable[[ApiMachine, st.DataObject], None]:
    def valid(self: ApiMachine, data: st.DataObject) -> None:
        self.carry_out(drawn, data.draw(drawn.about(self.api.state.collections)))

    return valid


def _invalid(drawn: Requests) -> Callable[[ApiMachine, Call], None]:
    def invalid(self: ApiMachine, call: Call) -> None:
        self.refuse(drawn, call)

    return invalid


def _shown(answer: Answer) -> str:
    return f"{answer.status} {answer.body[:300].decode('utf-8', 'replace')}"
