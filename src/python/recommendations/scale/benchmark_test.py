import pytest

from recommendations.book import Category
from recommendations.scale.benchmark import asking, large_shop, main, small_shop


def test_it_prints_what_each_way_to_ask_costs_at_each_size(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert 0 == main(["--books", "500", "--rounds", "1", "--times", "3"])
    output = capsys.readouterr().out
    for way in ("nobody", "new reader", "reader of 10 books"):
        (line,) = (line for line in output.splitlines() if line.startswith(way))
        assert line.endswith("of 500 books")
        assert "of 9 books" in line
    assert "peak memory" in output


def test_what_is_measured_is_what_the_service_does() -> None:
    """Books of the category, some of them like those that readers chose."""
    shop = large_shop(2000)
    assert 2000 == len(shop.catalog) == len(shop.model or ())
    assert all(Category.MYSTERY in book.categories for book in shop.popular_in(Category.MYSTERY))
    assert shop.model
    assert 20 == len(shop.model.similar_to(1))
    assert 3 == len(asking(small_shop()))
