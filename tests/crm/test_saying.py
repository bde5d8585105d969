"""Shares as the product says them."""

import pytest

from crm.rules import saying


@pytest.mark.parametrize(
    ("share", "said"),
    [(0, "0 %"), (0.0012, "0.1 %"), (0.095, "9.5 %"), (0.12, "12 %"), (0.1996, "20 %"), (0.209, "21 %"), (1, "100 %")],
)
def test_a_percentage_has_a_decimal_only_where_it_tells_something(share: float, said: str) -> None:
    assert saying.percent(share) == said
