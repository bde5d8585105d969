"""Connections that end in time."""

import socket

import pytest

from crm.gateways import wire


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    ours.settimeout(20)
    yield ours, theirs
    ours.close()
    theirs.close()


def test_a_connection_is_cut_at_its_time_though_one_that_ends_later_was_watched_before(pair):
    ours, _ = pair
    later = wire.watch(lambda: None, 600)
    wire.watch(lambda: ours, 0.05)
    assert ours.recv(1) == b""
    later.cancel()


def test_one_that_was_called_off_is_left_alone_and_one_that_breaks_harms_no_other(pair):
    ours, theirs = pair
    wire.watch(lambda: theirs, 0.01).cancel()
    wire.watch(lambda: 1 / 0, 0.02)
    other, end = socket.socketpair()
    with other, end:
        other.settimeout(20)
        wire.watch(lambda: other, 0.05)
        assert other.recv(1) == b""
    theirs.send(b"x")
    assert ours.recv(1) == b"x"


def test_many_that_were_called_off_are_forgotten():
    for _ in range(3 * wire._MANY):
        wire.watch(lambda: None, 600).cancel()
    assert len(wire._watchman.watches) <= wire._MANY + 1
