"""The one part of the console besides the handlers that talks to Microsoft: for somebody who waits, and asked (R47)."""
