"""The catalogue of settings, derived from the ids that policies use: names, descriptions, options, categories."""

from ops_admin.simulator.setting_definitions.catalogue import category_of, definition_ids, learn

__all__ = ["category_of", "definition_ids", "learn"]
