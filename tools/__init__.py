"""Tools of the developers that are not part of the package."""
