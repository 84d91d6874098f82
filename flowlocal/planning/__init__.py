"""Plan the stages of a query: what commands share, from the frame to groups and subqueries."""
