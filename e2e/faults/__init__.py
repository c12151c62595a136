"""The faults, a module for each subject.

A fault is a check that breaks something. It is added by `fault`, and ends with the proof that the system is sound.
"""
