"""Hostile files, queries and circumstances: nothing is lost silently, nothing is let in."""
