"""Signed links act for one purpose only."""

import pytest

from crm import links
from crm.errors import Refused


def test_a_link_says_what_was_signed():
    assert links.read("book", links.sign("book", offer=7)) == {"offer": 7}


def test_a_link_of_one_purpose_does_not_serve_another():
    with pytest.raises(Refused, match="does not work"):
        links.read("unsubscribe", links.sign("book", offer=7))


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t + "x", lambda t: "x" + t, lambda t: ""])
def test_a_link_that_was_tampered_with_is_refused(change):
    with pytest.raises(Refused, match="does not work"):
        links.read("book", change(links.sign("book", offer=7)))
