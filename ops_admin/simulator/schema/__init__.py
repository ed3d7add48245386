"""Microsoft's description of Graph's types, and the check of a body against it."""

from ops_admin.simulator.schema.problems import BodyProblem, Fault
from ops_admin.simulator.schema.types import Property, Schema, load_schema
from ops_admin.simulator.schema.validation import Body, check_body, check_value

__all__ = ["Body", "BodyProblem", "Fault", "Property", "Schema", "check_body", "check_value", "load_schema"]
