"""Settings of TLS, under the same names in every service."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from chassis.setting import Parser
from chassis.setting_values import ExistingFile
from chassis.settings import Settings
from chassis.tls.allowed_peers import AllowedPeers
from chassis.tls.certificates import CertificateFiles


class TlsSettings(Settings):
    """Where certificates are. Without any, there is no TLS."""

    tls_cert_file: Annotated[
        ExistingFile | None,
        Meta(description="Our certificate in PEM, followed by those that lead to the authority's."),
    ] = None
    tls_key_file: Annotated[
        ExistingFile | None,
        Meta(description="The private key of that certificate, in PEM, not encrypted."),
    ] = None
    tls_ca_file: Annotated[
        ExistingFile | None,
        Meta(
            description=(
                "Certificates, in PEM, of the authorities whom we trust to vouch for the other"
                " side."
            ),
        ),
    ] = None
    tls_reload_seconds: Annotated[
        float,
        Meta(gt=0, le=3600, description="How often to look whether these files have changed."),
    ] = 10.0

    @classmethod
    def mistakes(cls, sound: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Say what does not go together."""
        yield from super().mistakes(sound)
        if {"tls_cert_file", "tls_key_file"} <= sound.keys():
            if sound["tls_cert_file"] and not sound["tls_key_file"]:
                yield "tls_key_file", "is required with TLS_CERT_FILE"
            if sound["tls_key_file"] and not sound["tls_cert_file"]:
                yield "tls_key_file", "is of no use without TLS_CERT_FILE"

    @property
    def certificate_files(self) -> CertificateFiles | None:
        """Where certificates are, or None for no TLS."""
        files = CertificateFiles(self.tls_cert_file, self.tls_key_file, self.tls_ca_file)
        return None if files == CertificateFiles() else files


class TlsServerSettings(TlsSettings):
    """TLS of a service that listens: on with TLS_CERT_FILE."""

    tls_client_auth: Annotated[
        Literal["none", "require"],
        Meta(
            description=(
                "Whether clients must show a certificate that TLS_CA_FILE vouches for, and be in"
                " TLS_ALLOWED_PEERS."
            ),
        ),
    ] = "none"
    tls_allowed_peers: Annotated[
        AllowedPeers | None,
        Parser(AllowedPeers.parse),
        Meta(
            description=(
                "Who may call what: entries such as `/package.Service/Method ="
                " spiffe://domain/path, dns:name`, divided by semicolons or lines."
                " `/package.Service/*` and `*` stand for the RPCs that no entry names more"
                " exactly, the peer `*` for every verified one. What is not mentioned is refused."
            ),
        ),
    ] = None
    tls_common_name: Annotated[
        bool,
        Meta(
            description=(
                "Whether a certificate that names neither a SPIFFE id nor a DNS name counts as"
                " `cn:` and its common name."
            ),
        ),
    ] = False

    @classmethod
    def mistakes(cls, sound: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Say what does not go together."""
        yield from super().mistakes(sound)
        verifying = sound.get("tls_client_auth")
        peers = sound.get("tls_allowed_peers", "wrong")
        if verifying == "require":
            needed = ("tls_cert_file", "tls_ca_file")
            missing = [each.upper() for each in needed if sound.get(each, "wrong") is None]
            if missing:
                yield "tls_client_auth", f"needs {' and '.join(missing)}"
            if peers is None:
                yield "tls_allowed_peers", "is required with TLS_CLIENT_AUTH=require"
        if verifying == "none":
            if sound.get("tls_ca_file"):
                # Else somebody who sets the file believes that clients are verified.
                yield "tls_client_auth", "leaves TLS_CA_FILE without use"
            if peers is not None:
                yield "tls_allowed_peers", "is of no use without TLS_CLIENT_AUTH=require"


class TlsClientSettings(TlsSettings):
    """TLS of a service that calls others: on with TLS_CA_FILE, mutual with TLS_CERT_FILE too."""

    @classmethod
    def mistakes(cls, sound: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Say what does not go together."""
        yield from super().mistakes(sound)
        if sound.get("tls_cert_file") and sound.get("tls_ca_file", "wrong") is None:
            yield "tls_ca_file", "is required with TLS_CERT_FILE, to verify servers"
