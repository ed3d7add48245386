"""A simulated Microsoft tenant: a separate small server that provides Graph and the login service (R51)."""

from ops_admin.simulator.app import Options, create_simulator
from ops_admin.simulator.server import serve

__all__ = ["Options", "create_simulator", "serve"]
