"""Running a suite on a stack, and what comes of it: results, reports, mutants, repetition.

`check.run` is the one way in, for the command line, for mutants and for the tests.
Rule kept: a suite runs in a process of its own; here its events are only added up.
"""
