"""Scalar and aggregate functions, one decorated definition each, in one module a family."""
