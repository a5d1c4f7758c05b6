"""What a container sees of an image's layers."""

from sbom.conftest import OpenImage


def test_a_higher_layer_hides_a_lower_one(open_image: OpenImage) -> None:
    image = open_image([{"./app/x": "old"}, {"app/x": "newer"}], {}, [])
    assert b"newer" == image.read("app/x")
    assert 1 == image.files["app/x"].layer


def test_a_removed_file_is_not_seen(open_image: OpenImage) -> None:
    image = open_image([{"app/x": "", "app/y": ""}, {"app/.wh.x": ""}], {}, [])
    assert {"app/y"} == image.files.keys()


def test_a_removed_folder_takes_its_files_with_it(open_image: OpenImage) -> None:
    image = open_image([{"app/x": "", "application/y": ""}, {".wh.app": ""}], {}, [])
    assert {"application/y"} == image.files.keys()


def test_a_replaced_folder_shows_only_what_is_new(open_image: OpenImage) -> None:
    image = open_image([{"app/x": ""}, {"app/.wh..wh..opq": "", "app/y": ""}], {}, [])
    assert {"app/y"} == image.files.keys()


def test_a_layer_has_the_size_of_its_files(open_image: OpenImage) -> None:
    image = open_image([{"a": "12345"}, {"b": "123", "c": "12"}], {}, [])
    assert [5, 5] == [image.size(0), image.size(1)]
