"""What is generated, by the real generator of the repository's lock."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import dedent

import pytest
from pants.backend.codegen.protobuf.target_types import ProtobufSourceField
from pants.backend.python.target_types import PythonRequirementTarget, PythonSourceField
from pants.core import register as core
from pants.engine.addresses import Address, Addresses
from pants.engine.fs import DigestContents
from pants.engine.internals.native_engine import Digest
from pants.engine.process import ProcessExecutionFailure
from pants.engine.target import (
    Dependencies,
    DependenciesRequest,
    HydratedSources,
    HydrateSourcesRequest,
)
from pants.testutil.rule_runner import PYTHON_BOOTSTRAP_ENV, QueryRule, RuleRunner, engine_error

from grpcio_tools import register
from repository_options import RepositoryOptions

LOCK = Path("3rdparty/python/codegen.lock")
SOURCE_ROOTS = ("protos", "more-protos", "python")

MEMBERS = dedent("""\
    syntax = "proto3";

    package library.v1;

    // Who borrows books.
    message Member {
      string name = 1;
    }
    """)
LOANS = dedent("""\
    syntax = "proto3";

    package library.loans.v1;

    import "google/protobuf/timestamp.proto";
    import "library/v1/members.proto";

    service LoansService {
      rpc Lend(LendRequest) returns (LendResponse);
    }

    message LendRequest {
      library.v1.Member member = 1;
      google.protobuf.Timestamp until = 2;
    }

    message LendResponse {}
    """)


@pytest.fixture(scope="module")
def engine(repository_options: RepositoryOptions) -> RuleRunner:
    """The backend with the repository's options, for all tests: each would set it up anew."""
    runner = RuleRunner(
        rules=[
            *core.rules(),
            *register.rules(),
            QueryRule(Addresses, [DependenciesRequest]),
            QueryRule(DigestContents, [Digest]),
            QueryRule(HydratedSources, [HydrateSourcesRequest]),
        ],
        target_types=[*core.target_types(), *register.target_types(), PythonRequirementTarget],
    )
    runner.set_options(
        [
            *repository_options.arguments("grpcio-tools", "install_from_resolve"),
            *repository_options.arguments("pex-cli", "version", "url_template", "known_versions"),
            *repository_options.arguments(
                "python",
                "default_resolve",
                "enable_resolves",
                "interpreter_constraints",
                "resolves",
                "resolves_generate_lockfiles",
            ),
            f"--source-root-patterns={[f'/{root}' for root in SOURCE_ROOTS]}",
        ],
        env_inherit=PYTHON_BOOTSTRAP_ENV,
    )
    runner.write_files(
        {
            str(LOCK): LOCK.read_bytes(),
            "3rdparty/BUILD": "\n".join(
                f"python_requirement(name={name!r}, requirements=[{name!r}])"
                for name in ("grpcio", "protobuf")
            ),
        }
    )
    return runner


@pytest.fixture()
def rule_runner(engine: RuleRunner) -> Iterator[RuleRunner]:
    """A build root without protos."""
    yield engine
    for root in SOURCE_ROOTS:
        shutil.rmtree(Path(engine.build_root, root), ignore_errors=True)
    engine.scheduler.invalidate_all_files()


def generate(runner: RuleRunner, address: Address) -> Mapping[str, str]:
    """The generated files of a `protobuf_source`: contents by path."""
    field = runner.get_target(address)[ProtobufSourceField]
    sources = runner.request(
        HydratedSources,
        [HydrateSourcesRequest(field, for_sources_types=(PythonSourceField,), enable_codegen=True)],
    )
    files = runner.request(DigestContents, [sources.snapshot.digest])
    return {file.path: file.content.decode() for file in files}


def proto(path: str, text: str, **options: object) -> tuple[Address, Mapping[str, str]]:
    """The address of a proto, and its files: itself, and a BUILD file that gives it `options`."""
    folder, name = path.rsplit("/", 1)
    fields = ", ".join(f"{option}={value!r}" for option, value in options.items())
    return (
        Address(folder, relative_file_path=name),
        {path: text, f"{folder}/BUILD": f"protobuf_sources({fields})"},
    )


def test_messages_become_a_module_and_its_stub(rule_runner: RuleRunner) -> None:
    address, files = proto("protos/library/v1/members.proto", MEMBERS)
    rule_runner.write_files(files)

    generated = generate(rule_runner, address)

    module, stub = "protos/library/v1/members_pb2.py", "protos/library/v1/members_pb2.pyi"
    assert {module, stub} == set(generated)
    compile(generated[module], module, "exec")
    assert "class Member(_message.Message):" in generated[stub]
    assert "name: _builtins.str" in generated[stub]
    assert '"""Who borrows books."""' in generated[stub]


def test_grpc_adds_services_and_their_stub(rule_runner: RuleRunner) -> None:
    _, imported = proto("protos/library/v1/members.proto", MEMBERS)
    address, files = proto("protos/library/loans/v1/loans.proto", LOANS, grpc=True)
    rule_runner.write_files({**imported, **files})

    generated = generate(rule_runner, address)

    base = "protos/library/loans/v1/loans_pb2"
    assert {f"{base}.py", f"{base}.pyi", f"{base}_grpc.py", f"{base}_grpc.pyi"} == set(generated)
    compile(generated[f"{base}_grpc.py"], "module", "exec")
    assert "'/library.loans.v1.LoansService/Lend'" in generated[f"{base}_grpc.py"]
    assert (
        "Lend: _grpc.UnaryUnaryMultiCallable[_loans_pb2.LendRequest, _loans_pb2.LendResponse]"
        in generated[f"{base}_grpc.pyi"]
    )
    assert "class LoansServiceServicer(" in generated[f"{base}_grpc.pyi"]


def test_protos_import_each_other_across_folders_and_source_roots(rule_runner: RuleRunner) -> None:
    """By the name below the source root, which is the name of the generated module too."""
    _, imported = proto("more-protos/library/v1/members.proto", MEMBERS)
    address, files = proto("protos/library/loans/v1/loans.proto", LOANS)
    rule_runner.write_files({**imported, **files})

    generated = generate(rule_runner, address)

    # Of what is imported nothing is generated twice.
    base = "protos/library/loans/v1/loans_pb2"
    assert {f"{base}.py", f"{base}.pyi"} == set(generated)
    assert "from library.v1 import members_pb2" in generated[f"{base}.py"]
    assert "from google.protobuf import timestamp_pb2" in generated[f"{base}.py"]
    assert "def member(self) -> _members_pb2.Member: ..." in generated[f"{base}.pyi"]


def test_generated_code_can_live_in_another_source_root(rule_runner: RuleRunner) -> None:
    address, files = proto("protos/library/v1/members.proto", MEMBERS, python_source_root="python")
    rule_runner.write_files({**files, "python/BUILD": ""})

    assert {
        "python/library/v1/members_pb2.py",
        "python/library/v1/members_pb2.pyi",
    } == set(generate(rule_runner, address))


def test_generated_code_depends_on_its_imports_and_on_its_runtime(rule_runner: RuleRunner) -> None:
    imported_address, imported = proto("protos/library/v1/members.proto", MEMBERS)
    address, files = proto("protos/library/loans/v1/loans.proto", LOANS, grpc=True)
    rule_runner.write_files({**imported, **files})

    dependencies = rule_runner.request(
        Addresses, [DependenciesRequest(rule_runner.get_target(address)[Dependencies])]
    )

    assert {
        imported_address,
        Address("3rdparty", target_name="grpcio"),
        Address("3rdparty", target_name="protobuf"),
    } == set(dependencies)


def test_an_error_in_a_proto_is_told_in_the_words_of_protoc(rule_runner: RuleRunner) -> None:
    address, files = proto(
        "protos/library/v1/members.proto", MEMBERS.replace("string name = 1;", "string name;")
    )
    rule_runner.write_files(files)

    with engine_error(
        ProcessExecutionFailure,
        contains="library/v1/members.proto:7:14: Missing field number.",
    ):
        generate(rule_runner, address)


def test_an_import_of_a_proto_that_no_target_owns_is_told(rule_runner: RuleRunner) -> None:
    address, files = proto("protos/library/loans/v1/loans.proto", LOANS)
    rule_runner.write_files(files)

    with engine_error(
        ProcessExecutionFailure, contains="library/v1/members.proto: File not found."
    ):
        generate(rule_runner, address)
