"""What clients of the tutorial's API have always seen, seen by one that knows that API alone."""

import grpc
import pytest

from e2e.tutorial_client import Book, TutorialClient

MYSTERY, SCIENCE_FICTION, SELF_HELP = range(3)
INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1
BOOKS = {
    MYSTERY: {
        Book(1, "The Maltese Falcon"),
        Book(2, "Murder on the Orient Express"),
        Book(3, "The Hound of the Baskervilles"),
    },
    SCIENCE_FICTION: {
        Book(4, "The Hitchhiker's Guide To The Galaxy"),
        Book(5, "Ender's Game"),
        Book(6, "The Dune Chronicles"),
    },
    SELF_HELP: {
        Book(7, "The 7 Habits of Highly Effective People"),
        Book(8, "How to Win Friends and Influence People"),
        Book(9, "Man’s Search for Meaning"),
    },
}


@pytest.fixture()
def client(channel: grpc.Channel) -> TutorialClient:
    return TutorialClient(channel)


def error_of(client: TutorialClient, **fields: int) -> tuple[grpc.StatusCode, str | None]:
    with pytest.raises(grpc.RpcError) as caught:
        client.recommend(**fields)
    return caught.value.code(), caught.value.details()


@pytest.mark.parametrize("category", BOOKS)
@pytest.mark.parametrize("max_results", [3, 4, 1000, INT32_MAX])
def test_each_category_has_the_three_books_of_the_tutorial_and_no_more(
    client: TutorialClient, category: int, max_results: int
) -> None:
    books = client.recommend(user_id=1, category=category, max_results=max_results)
    assert len(books) == 3
    assert BOOKS[category] == set(books)


@pytest.mark.parametrize("max_results", [1, 2])
def test_fewer_books_are_distinct_books_of_the_category(
    client: TutorialClient, max_results: int
) -> None:
    for _ in range(20):
        books = client.recommend(user_id=1, category=SELF_HELP, max_results=max_results)
        assert max_results == len(set(books)) == len(books)
        assert set(books) <= BOOKS[SELF_HELP]


def test_the_order_is_not_fixed(client: TutorialClient) -> None:
    """The chance that 100 shuffles of three books agree is 6**-99."""
    orders = {tuple(client.recommend(category=MYSTERY, max_results=3)) for _ in range(100)}
    assert len(orders) > 1


def test_an_unset_category_is_mystery(client: TutorialClient) -> None:
    assert BOOKS[MYSTERY] == set(client.recommend(user_id=1, max_results=3))


@pytest.mark.parametrize("fields", [{}, {"max_results": 0}, {"category": SELF_HELP, "user_id": 7}])
def test_max_results_of_zero_or_unset_gives_an_empty_list(
    client: TutorialClient, fields: dict[str, int]
) -> None:
    assert [] == client.recommend(**fields)


@pytest.mark.parametrize("category", [3, 99, -1, INT32_MIN, INT32_MAX])
@pytest.mark.parametrize("max_results", [0, 3])
def test_an_unknown_category_is_not_found(
    client: TutorialClient, category: int, max_results: int
) -> None:
    error = error_of(client, user_id=1, category=category, max_results=max_results)
    assert (grpc.StatusCode.NOT_FOUND, "Category not found") == error


@pytest.mark.parametrize("user_id", [INT32_MIN, -1, 0, 1, INT32_MAX])
def test_any_user_id_will_do(client: TutorialClient, user_id: int) -> None:
    books = client.recommend(user_id=user_id, category=MYSTERY, max_results=3)
    assert BOOKS[MYSTERY] == set(books)


@pytest.mark.parametrize("max_results", [-1, INT32_MIN])
def test_a_negative_max_results_is_an_invalid_argument(
    client: TutorialClient, max_results: int
) -> None:
    code, _ = error_of(client, user_id=1, category=MYSTERY, max_results=max_results)
    assert grpc.StatusCode.INVALID_ARGUMENT == code
