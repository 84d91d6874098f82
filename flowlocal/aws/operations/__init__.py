"""The operations of the CloudWatch Logs API, found by the presence of their modules."""
