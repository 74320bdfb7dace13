"""Python's garbage collector, kept from looking again and again at what stays as long as the configuration."""

import gc


def settle() -> None:
    """Collect what is garbage now, and let the collector never look again at what is left until this is next called.

    What a target consists of lives as long as the target. With a thousand of them each look at it all would keep the
    event loop for most of a second, every half minute. What a poll leaves is looked at as ever.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def unsettle() -> None:
    """Let the collector look at everything again."""
    gc.unfreeze()
