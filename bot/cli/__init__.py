"""The command line: each module is a command or prints for one."""
