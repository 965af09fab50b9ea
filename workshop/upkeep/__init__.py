"""What keeps the repository sound: the sections of `workshop test` and the tools they run.

Apart from `checking`, which judges a step: this judges the workshop.
Rule kept: each tool runs by itself, too, as `python -m workshop.upkeep.NAME`.
"""
