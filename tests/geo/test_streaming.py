from __future__ import annotations

import pytest

from guanghui.geo import streaming


class _Losing:
    """A client whose workers are lost while they are sent to, so many times."""

    def __init__(self, times: int) -> None:
        self.times = times

    def register_plugin(self, plugin: object) -> None:
        pass

    def scatter(self, values: list[object], **words: object) -> list[object]:
        self.times -= 1
        if self.times >= 0:
            raise OSError("closed")
        return [("sent", *values)]


def test_a_worker_lost_while_sent_to_costs_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming.time, "sleep", lambda seconds: None)
    assert streaming._Cluster(_Losing(2)).share({1}) == ("sent", {1})
    with pytest.raises(OSError, match="closed"):
        streaming._Cluster(_Losing(9)).share({1})
