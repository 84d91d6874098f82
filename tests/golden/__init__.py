"""Everything that the product says to people, made by running it."""
