"""A simulated Microsoft tenant: a separate small server that speaks Graph and its login (R51)."""

from ops_admin.simulator.app import create_simulator
from ops_admin.simulator.server import serve

__all__ = ["create_simulator", "serve"]
