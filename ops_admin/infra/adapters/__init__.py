"""The one place that touches private or undocumented parts of gunicorn, Huey, Socket.IO and cachelib.

An adapter knows how a library works inside and nothing of the console: what should happen is passed in. After an
upgrade of a library, `tests/infra/adapters` tells whether it still works as its adapter expects.
See docs/adr/0029-adapters.md.
"""
