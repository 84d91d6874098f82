"""Run queries in the tasks of a cluster, with the answers of a local run.

The driver plans the query as ever, over rows that tasks have (``remote``). At the first stage that is not narrow, the
stages so far are sent to tasks (``tasks``), each of which reads some of the files; what they return is merged, and the
rest of the plan runs in the driver. A runner (``runners``) only runs functions over bytes in other processes.
"""
