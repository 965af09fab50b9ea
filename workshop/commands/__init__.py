"""One module a command: ``arguments(parser)`` and ``run(args) -> exit status``.

The module's docstring is the command's ``--help`` text. What a command knows of the learner's
files it asks the engine room; here stand only arguments, and what is printed. ``shared`` holds
what several commands say alike.
"""
