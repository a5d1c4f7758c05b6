"""Who may call what, by the table in settings."""

import re

import pytest

from chassis.tls.allowed_peers import AllowedPeers

SHOP = "spiffe://onlinebooks.internal/marketplace"
REPORTS = "dns:reports.onlinebooks.internal"

TABLE = f"""
    /shop.v1.Books/* = {SHOP}, {REPORTS}
    /shop.v1.Books/Delete = {REPORTS}
    /grpc.health.v1.Health/* = *
"""


@pytest.mark.parametrize(
    ("service", "method", "identity", "allowed"),
    [
        ("shop.v1.Books", "List", SHOP, True),
        ("shop.v1.Books", "List", REPORTS, True),
        ("shop.v1.Books", "Delete", SHOP, False),
        ("shop.v1.Books", "Delete", REPORTS, True),
        ("shop.v1.Books", "List", "spiffe://onlinebooks.internal/other", False),
        ("shop.v1.Books", "List", "dns:spiffe://onlinebooks.internal/marketplace", False),
        ("shop.v1.Books", "*", "spiffe://onlinebooks.internal/other", False),
        ("shop.v1.Books.More", "List", SHOP, False),
        ("shop.v1", "Books/List", SHOP, False),
        ("", "", SHOP, False),
        ("grpc.health.v1.Health", "Check", "dns:somebody", True),
        ("grpc.reflection.v1alpha.ServerReflection", "ServerReflectionInfo", SHOP, False),
    ],
)
def test_the_most_exact_entry_decides(
    service: str, method: str, identity: str, allowed: bool
) -> None:
    assert allowed is AllowedPeers.parse(TABLE).allow(service, method, (identity,))


def test_one_of_several_names_is_enough() -> None:
    table = AllowedPeers.parse(f"* = {SHOP}")
    assert table.allow("any.Service", "Method", ("dns:localhost", SHOP))


def test_who_has_no_name_is_nobody() -> None:
    assert not AllowedPeers.parse(f"* = {SHOP}").allow("any.Service", "Method", ())


def test_everyone_may_be_let_in_by_name() -> None:
    assert AllowedPeers.parse("*=*").allow("any.Service", "Method", ())


def test_entries_are_divided_by_lines_or_semicolons() -> None:
    lines = AllowedPeers.parse(f"/a.B/* = {SHOP}\n/a.C/D={REPORTS},{SHOP}\n")
    assert lines == AllowedPeers.parse(f"/a.B/*={SHOP}; /a.C/D = {REPORTS} , {SHOP};")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "there is no entry"),
        (" ; \n ", "there is no entry"),
        (f"a.B/C = {SHOP}", "'a.B/C' is no RPC"),
        (f"/a.B = {SHOP}", "'/a.B' is no RPC"),
        (f"/*/C = {SHOP}", "'/*/C' is no RPC"),
        (f"/a.B/C* = {SHOP}", "'/a.B/C*' is no RPC"),
        (f"= {SHOP}", "'' is no RPC"),
        ("/a.B/C", "'' is no peer"),
        ("/a.B/C =", "'' is no peer"),
        (f"/a.B/C = {SHOP},", "'' is no peer"),
        ("/a.B/C = marketplace", "'marketplace' is no peer"),
        ("/a.B/C = dns:*.internal", "'dns:*.internal' is no peer"),
        ("/a.B/C = dns:Shop", "'dns:Shop' is no peer"),
        ("/a.B/C = spiffe://", "'spiffe://' is no peer"),
        ("/a.B/C = spiffe://a/b/", "'spiffe://a/b/' is no peer"),
        ("/a.B/C = https://a/b", "'https://a/b' is no peer"),
        (f"/a.B/C = {SHOP}; /a.B/C = {REPORTS}", "/a.B/C is there twice"),
    ],
)
def test_a_mistake_is_named(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)):
        AllowedPeers.parse(text)


def test_all_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match="'x' is no RPC.*; 'y' is no peer.*; 'z' is no peer"):
        AllowedPeers.parse("x = y; /a.B/C = z")
