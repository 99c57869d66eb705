"""This gateway's own file, `gateway.yaml`, read, checked and typed; docs/gateway-file.md explains every key."""

from gateway.settings.addresses import Address
from gateway.settings.divisions import load_divisions
from gateway.settings.load import SETTINGS_NAME, load_settings
from gateway.settings.settings import Endpoint, Settings, TlsFiles, TlsPair

__all__ = [
    "SETTINGS_NAME",
    "Address",
    "Endpoint",
    "Settings",
    "TlsFiles",
    "TlsPair",
    "load_divisions",
    "load_settings",
]
