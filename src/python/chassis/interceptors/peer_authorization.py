"""Only those whom the table names get through."""

import grpc

from chassis.health_messages import SERVICE_NAME as HEALTH
from chassis.interceptors.call import ServerCall, Status
from chassis.tls.allowed_peers import AllowedPeers
from chassis.tls.identity import identities

_OWN = "unix:"
"""How peers begin that came over a socket in the file system; see `begin`."""
_REFUSAL = Status(grpc.StatusCode.PERMISSION_DENIED, "permission denied")


class PeerNotAllowed(Exception):
    """A call that its peer may not make. The client gets PERMISSION_DENIED, and no reason."""


class PeerAuthorization:
    """Refuses calls by peers whom the table does not allow the RPC, before the servicer sees them.

    Every call is asked about, those of health, reflection and methods that do not exist among
    them; only a worker process may ask itself for its health, over its `PrivateListener`, which is
    the one socket in the file system that servers listen on. Sets `call.identities`, for the access
    log: put it inside of that one.

    common_name: see `chassis.tls.identity`.
    """

    def __init__(self, allowed: AllowedPeers, *, common_name: bool = False) -> None:
        self._allowed = allowed
        self._common_name = common_name

    def begin(self, call: ServerCall) -> None:
        """See `Interceptor`. Raises PeerNotAllowed, with the answer chosen."""
        call.identities = identities(call.auth_context(), common_name=self._common_name)
        if not self._allowed.allow(call.service, call.method, call.identities):
            if call.service == HEALTH and call.peer.startswith(_OWN):
                return
            call.answer(_REFUSAL)
            raise PeerNotAllowed
