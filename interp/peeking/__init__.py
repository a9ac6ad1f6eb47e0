"""Attention edges that are kept, listed block by block and head by head; all others go."""

from interp.peeking.keep import everything, itself, last_n, last_sees, require_rows, with_sink

__all__ = ["everything", "itself", "last_n", "last_sees", "require_rows", "with_sink"]
