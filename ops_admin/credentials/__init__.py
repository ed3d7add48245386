"""The credentials of the Microsoft application: the installation's, and those of single tenants (R75)."""
