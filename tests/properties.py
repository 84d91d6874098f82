"""How many examples Hypothesis tries of a property."""

from __future__ import annotations

from hypothesis import settings


def examples(share: float) -> settings:
    """Return the settings of a test that tries more or fewer examples than others, in a longer run as well.

    Args:
        share: of the examples of the profile: below 1 where one takes long, above 1 where it takes next to nothing.
    """
    return settings(max_examples=max(10, round(share * settings().max_examples)))
