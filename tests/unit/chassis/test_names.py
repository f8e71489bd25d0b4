"""A name that the system is slow to find keeps nobody else waiting."""

from __future__ import annotations

from tests.unit.chassis.green import run_in_greenlets


def test_lookup_ends_only_because_others_have_worked_meanwhile() -> None:
    code = """
        from eventlet.patcher import original
        from services.chassis import names
        gate = original("threading").Event()
        names._system = lambda host, port, *rest, **options: [host, port, gate.wait(20)]
        names.look_up_off_the_hub()
        ticks = []
        def tick():
            for _ in range(10):
                ticks.append(1); eventlet.sleep(0)
            gate.set()
        eventlet.spawn(tick)
        import socket
        print(socket.getaddrinfo("broker.example.cn", 5672), len(ticks))
    """
    assert run_in_greenlets(code).splitlines()[-1] == "['broker.example.cn', 5672, True] 10"


def test_twin_lookup_on_the_hub_holds_the_others_up() -> None:
    code = """
        from eventlet.patcher import original
        from services.chassis import names
        gate = original("threading").Event()
        names._system = lambda host, port, *rest, **options: [host, port, gate.wait(0.3)]
        names.tpool.execute = lambda work, *given, **options: work(*given, **options)
        names.look_up_off_the_hub()
        eventlet.spawn(gate.set)
        import socket
        print(socket.getaddrinfo("broker.example.cn", 5672))
    """
    assert run_in_greenlets(code).splitlines()[-1] == "['broker.example.cn', 5672, False]"


def test_addresses_and_names_of_this_machine_are_found_and_connected_to() -> None:
    code = """
        from services.chassis import names
        names.look_up_off_the_hub()
        import socket
        listener = socket.socket(); listener.bind(("127.0.0.1", 0)); listener.listen()
        for host in ("127.0.0.1", "localhost"):
            socket.create_connection((host, listener.getsockname()[1]), timeout=5).close()
        print("connected")
    """
    assert run_in_greenlets(code).splitlines()[-1] == "connected"
