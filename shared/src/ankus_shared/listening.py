"""The socket of a server over HTTP: its address is found once, judged, and listened on."""

import ipaddress
import os
import socket
from dataclasses import dataclass

from ankus_shared.errors import SettingsError


@dataclass(frozen=True)
class Place:
    """An address of this machine, and a port."""

    family: socket.AddressFamily
    address: str
    port: int
    host: str
    """As the settings have it."""

    @property
    def loopback(self) -> bool:
        """Whether only this machine reaches it."""
        return ipaddress.ip_address(self.address.partition("%")[0]).is_loopback

    def listen(self) -> socket.socket:
        """Bind it.

        Raises:
            SettingsError: It cannot be listened on.
        """
        try:
            return socket.create_server((self.address, self.port), family=self.family)
        except OSError as error:
            reason = os.strerror(error.errno).lower() if error.errno else str(error)
            raise SettingsError(
                f"Cannot listen on {self.host}, port {self.port}: {reason}.",
                hint="Choose another with --port, or a free one with --port 0.",
                code="cannot_listen",
            ) from error


def place_of(host: str, port: int) -> Place:
    """Where to listen, by the first address of a host.

    Raises:
        SettingsError: It has none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise SettingsError(
            f"--host {host!r} is not an address of this machine.", hint="Use 127.0.0.1, for example."
        ) from error
    family, _, _, _, address = found[0]
    return Place(family, str(address[0]), port, host)
