"""Settings of TLS, under the same names in every service."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, FilePath, PlainValidator, ValidationInfo, field_validator

from chassis.settings import Settings
from chassis.tls.allowed_peers import AllowedPeers
from chassis.tls.certificates import CertificateFiles


def _table(value: object) -> AllowedPeers | None:
    return AllowedPeers.parse(value) if isinstance(value, str) else _made(value)


def _made(value: object) -> AllowedPeers | None:
    if value is None or isinstance(value, AllowedPeers):
        return value
    raise ValueError("is no table of peers")


class TlsSettings(Settings):
    """Where certificates are. Without any, there is no TLS.

    Fields are checked in their order, and each looks at those before it, so that every mistake is
    reported, whichever others there are.
    """

    tls_cert_file: FilePath | None = Field(
        default=None,
        description="Our certificate in PEM, followed by those that lead to the authority's.",
    )
    tls_key_file: FilePath | None = Field(
        default=None, description="The private key of that certificate, in PEM, not encrypted."
    )
    tls_ca_file: FilePath | None = Field(
        default=None,
        description=(
            "Certificates, in PEM, of the authorities whom we trust to vouch for the other side."
        ),
    )
    tls_reload_seconds: float = Field(
        default=10.0,
        gt=0,
        le=3600,
        allow_inf_nan=False,
        description="How often to look whether these files have changed.",
    )

    @field_validator("tls_key_file")
    @classmethod
    def _key_with_certificate(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if "tls_cert_file" in info.data:
            certificate = info.data["tls_cert_file"]
            if certificate and not value:
                raise ValueError("is required with TLS_CERT_FILE")
            if value and not certificate:
                raise ValueError("is of no use without TLS_CERT_FILE")
        return value

    @property
    def certificate_files(self) -> CertificateFiles | None:
        """Where certificates are, or None for no TLS."""
        files = CertificateFiles(self.tls_cert_file, self.tls_key_file, self.tls_ca_file)
        return None if files == CertificateFiles() else files


class TlsServerSettings(TlsSettings):
    """TLS of a service that listens: on with TLS_CERT_FILE."""

    tls_client_auth: Literal["none", "require"] = Field(
        default="none",
        description=(
            "Whether clients must show a certificate that TLS_CA_FILE vouches for, and be in"
            " TLS_ALLOWED_PEERS."
        ),
    )
    tls_allowed_peers: Annotated[AllowedPeers | None, PlainValidator(_table)] = Field(
        default=None,
        description=(
            "Who may call what: entries such as `/package.Service/Method = spiffe://domain/path,"
            " dns:name`, divided by semicolons or lines. `/package.Service/*` and `*` stand for the"
            " RPCs that no entry names more exactly, the peer `*` for every verified one. What is"
            " not mentioned is refused."
        ),
    )
    tls_common_name: bool = Field(
        default=False,
        description=(
            "Whether a certificate that names neither a SPIFFE id nor a DNS name counts as"
            " `cn:` and its common name."
        ),
    )

    @field_validator("tls_client_auth")
    @classmethod
    def _what_verifying_needs(cls, value: str, info: ValidationInfo) -> str:
        if value == "require":
            needed = ("tls_cert_file", "tls_ca_file")
            missing = [each.upper() for each in needed if info.data.get(each, "wrong") is None]
            if missing:
                raise ValueError(f"needs {' and '.join(missing)}")
        elif info.data.get("tls_ca_file"):
            # Else somebody who sets the file believes that clients are verified.
            raise ValueError("leaves TLS_CA_FILE without use")
        return value

    @field_validator("tls_allowed_peers")
    @classmethod
    def _table_if_verifying(
        cls, value: AllowedPeers | None, info: ValidationInfo
    ) -> AllowedPeers | None:
        verifying = info.data.get("tls_client_auth")
        if verifying == "require" and value is None:
            raise ValueError("is required with TLS_CLIENT_AUTH=require")
        if verifying == "none" and value is not None:
            raise ValueError("is of no use without TLS_CLIENT_AUTH=require")
        return value


class TlsClientSettings(TlsSettings):
    """TLS of a service that calls others: on with TLS_CA_FILE, mutual with TLS_CERT_FILE too."""

    @field_validator("tls_ca_file")
    @classmethod
    def _authorities(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if info.data.get("tls_cert_file") and not value:
            raise ValueError("is required with TLS_CERT_FILE, to verify servers")
        return value
