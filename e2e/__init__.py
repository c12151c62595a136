"""The system used for real on a disposable cluster, with a report that a person reads (`make e2e`).

A part of the suite is groups of checks, and a check is a function of the running system. To add one:

1. Write a module in `e2e/checks/` with a `Group`, and give it functions (see `e2e.check`):

        GROUP = Group("Databases")

        @GROUP.check(look_at=["postgresql"])
        def a_role_opens_its_own_database(system: System) -> str:
            '''A service logs in with its own Secret and works in its own database.'''

   What a function gets is in `e2e.system`; how it speaks with PostgreSQL, Redis and Kafka, in `e2e.clients`.
2. Name the group in a part of `e2e.parts`, or in a new one that `PARTS` names, at its place in the order: checks run
   one after another, and all parts on one deployment.

The report, the progress on the terminal and the exit status follow by themselves.
"""
