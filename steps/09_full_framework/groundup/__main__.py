"""`python3 -m groundup`: see `cli`.

Apart from it only because Python looks for this name. The rule: nothing happens when it is
imported, since a process that is started from nothing imports the main module first.
"""

from groundup.cli import command_line

if __name__ == "__main__":
    command_line()
