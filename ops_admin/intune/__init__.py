"""WHAT IS DONE TO A TENANT: a sub-package a feature, the same file names in each."""
