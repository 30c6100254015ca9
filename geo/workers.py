"""Workers in other processes, made ready before their first task."""

from __future__ import annotations

from typing import Any

from guanghui.geo.errors import InputError

__all__ = ["make_ready"]

_ROOMS = ("geo", "pv", "sinks")
"""Packages whose functions run on workers."""


def make_ready(client: Any) -> None:
    """Have every worker import the packages tasks are made of, also one that joins or is started again later.

    Otherwise a task and a value sent to all can bring the first imports in two threads at once, and one of them finds a
    module half made: the worker then drops its connection and what it had computed.

    Parameters
    ----------
    client : distributed.Client
        Connected client; calling twice does nothing more.

    Raises
    ------
    InputError
        A worker lacks a package.
    """
    from distributed import WorkerPlugin

    rooms = _ROOMS

    class Ready(WorkerPlugin):  # of this function, so that it is sent by value: reading it imports nothing
        idempotent = True
        name = "guanghui-ready"

        def setup(self, worker: Any) -> None:
            from importlib import import_module

            for room in rooms:
                import_module(f"guanghui.{room}")

    try:
        client.register_plugin(Ready())
    except ImportError as error:
        raise InputError(
            f"A worker of the cluster cannot import what it needs ({error}); install guanghui and "
            "requirements-worker.lock where the workers run.",
            f"集群的计算节点缺少所需的包（{error}）；请在各节点安装 guanghui 及 requirements-worker.lock 所列依赖。",
        ) from error
