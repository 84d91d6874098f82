"""Find and open local files, streams and S3 objects."""
