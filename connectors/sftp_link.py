"""The way to an authenticated SSH transport: pinned host key, one private key, no weak algorithm.

Rules: the reference on reliability, section 5 (as client). Every connection names the host key that it expects;
without one no connection is made, and a wrong one ends it before our account or key is mentioned.
"""

from __future__ import annotations

import base64
import binascii
import socket
import threading
import time
from pathlib import Path

import paramiko
from paramiko.ssh_exception import IncompatiblePeer, MessageOrderError

from connectors.faults import Refused, Unreachable
from connectors.sftp_wire import Wire, faults

# Paramiko 5.1 still offers these.
WEAK = {
    "ciphers": ("3des-cbc", "aes128-cbc", "aes192-cbc", "aes256-cbc"),
    "macs": ("hmac-md5", "hmac-md5-96", "hmac-sha1-96"),
}
KEEPALIVE_SECONDS = 30
RSA_HOST_KEYS = ("rsa-sha2-512", "rsa-sha2-256")


def open_link(
    host: str, port: int, user: str, key_file: Path, host_key: str, timeout: float
) -> tuple[paramiko.Transport, Wire]:
    """Connect, check the host, log in, open the SFTP channel. ``timeout`` in seconds bounds the whole.

    Raises Refused (keys, account, no common algorithm) or Unreachable.
    """
    pinned = _pinned(host_key)
    private = _private(key_file)
    with faults("connect"):
        plain = socket.create_connection((host, port), timeout=timeout)
        # Small requests would otherwise wait for delayed acknowledgements: seven times slower on small reads.
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    transport = paramiko.Transport(plain, disabled_algorithms=WEAK)
    # Some steps of paramiko wait without any limit of their own; closing the transport ends them all.
    watchdog = threading.Timer(timeout, transport.close)
    watchdog.daemon = True
    watchdog.start()
    try:
        _meet(transport, pinned, timeout)
        _log_in(transport, user, private, timeout)
        with faults("open the SFTP channel"):
            channel = transport.open_session(timeout=timeout)
            channel.settimeout(timeout)
            channel.invoke_subsystem("sftp")
            wire = Wire(channel)
    except BaseException:
        transport.close()
        raise
    finally:
        watchdog.cancel()
    return transport, wire


def _pinned(host_key: str) -> paramiko.PKey:
    words = host_key.split()
    if len(words) < 2:
        raise Refused("connect: no host key is configured, and an unknown server is never trusted")
    try:
        return paramiko.PKey.from_type_string(words[0], base64.b64decode(words[1], validate=True))
    except (binascii.Error, ValueError, EOFError, paramiko.SSHException, paramiko.pkey.UnknownKeyType):
        raise Refused("connect: the configured host key is not a line like 'ssh-ed25519 AAAA...'") from None


def _private(key_file: Path) -> paramiko.PKey:
    try:
        return paramiko.PKey.from_path(key_file)
    except (OSError, ValueError, paramiko.SSHException, paramiko.pkey.UnknownKeyType):
        raise Refused("connect: the private key file is missing or is no unencrypted private key") from None


def _meet(transport: paramiko.Transport, pinned: paramiko.PKey, timeout: float) -> None:
    transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = timeout
    name = pinned.get_name()
    # A server has several host keys: ask for the kind that is pinned.
    transport.get_security_options().key_types = RSA_HOST_KEYS if name == "ssh-rsa" else (name,)
    with faults("meet the server"):
        try:
            transport.start_client(timeout=timeout)
            offered = transport.get_remote_server_key()
        except (IncompatiblePeer, MessageOrderError):
            raise Refused("meet the server: no common host key type or algorithm") from None
    if offered.asbytes() != pinned.asbytes():
        raise Refused("meet the server: its host key is not the configured one")


def _log_in(transport: paramiko.Transport, user: str, private: paramiko.PKey, timeout: float) -> None:
    began = time.monotonic()
    with faults("log in"):
        try:
            further_steps = transport.auth_publickey(user, private)
        except paramiko.AuthenticationException:
            # Paramiko calls a lost connection and a timeout by the same name as a refusal.
            if not transport.is_active() or time.monotonic() - began >= timeout:
                raise Unreachable("log in: the connection broke or timed out") from None
            raise Refused("log in: the server refuses the account or its key") from None
    if further_steps:
        raise Refused("log in: the server wants more than a key")
    transport.set_keepalive(KEEPALIVE_SECONDS)
