"""The settings that every gRPC service has."""

from chassis.admin_settings import AdminSettings
from chassis.grpc_settings import GrpcSettings
from chassis.service_settings import ServiceSettings
from chassis.tls.settings import TlsServerSettings
from chassis.tracing.settings import TracingSettings


class GrpcServiceSettings(
    TracingSettings, TlsServerSettings, GrpcSettings, AdminSettings, ServiceSettings
):
    """Where it listens, how it works inside, who may call it, how it is watched and stopped."""
