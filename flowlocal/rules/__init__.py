"""Security group rules from traffic: what was seen, as rules, and existing rules beside what was seen.

``observed`` reads the logs: which traffic was accepted at each interface, in which direction, to which server port.
``network`` knows interfaces and security groups from the tables of names. ``proposals`` makes rules of traffic,
``existing`` compares rules with it; ``terraform`` and ``cloudformation`` write proposals as code.
"""
