"""Python's search for garbage is left out while anyone asks for that, and goes on as it was afterwards."""

import gc
import threading

import pytest

from chain.garbage import garbage_left


@pytest.fixture
def searching():
    """Whether it is on, as it was before."""
    was_on = gc.isenabled()
    gc.enable()
    yield gc.isenabled
    (gc.enable if was_on else gc.disable)()


def test_it_goes_on_however_what_left_it_out_ends(searching):
    def fails():
        with garbage_left():
            assert not searching()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert searching()


def test_it_goes_on_when_the_last_thread_has_ended_in_whatever_order_they_do(searching):
    inside, leave = threading.Event(), threading.Event()

    def other():
        with garbage_left():
            inside.set()
            leave.wait(60)

    thread = threading.Thread(target=other)
    with garbage_left():
        thread.start()
        assert inside.wait(60)
    assert not searching()
    leave.set()
    thread.join()
    assert searching()


def test_where_somebody_had_turned_it_off_it_stays_off(searching):
    gc.disable()
    with garbage_left():
        pass
    assert not searching()
