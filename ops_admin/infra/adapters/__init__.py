"""The one place that touches private or undocumented parts of gunicorn, Huey, Socket.IO and cachelib.

An adapter knows a library's internals and nothing of the console: what should happen is passed in. After a library
upgrade, `tests/infra/adapters` checks that it still works as its adapter expects. See docs/adr/0029-adapters.md.
"""
