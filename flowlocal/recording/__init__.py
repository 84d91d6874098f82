"""Regression cases recorded from CloudWatch Logs: a query, the events it ran over, and the service's answer."""
