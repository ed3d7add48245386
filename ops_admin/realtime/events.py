"""What push asks and tells other features; `app.py` connects the subscribers (R85)."""

from ops_admin.infra.channels import Channel

push_unheard: Channel[[]] = Channel("push that other processes did not hear")
"""Sent every few seconds at most while others cannot be reached: their pages must not call themselves live (R27)."""

reach_asked: Channel[[]] = Channel("whether this process hears of everything")
"""Asked every few seconds, in an application context. Each subscriber answers with a bool."""
