"""Find and open local files, streams and S3 objects."""

REMOTE = "s3://"
"""Prefix of the URLs of objects in S3."""
