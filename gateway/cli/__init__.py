"""The command `tongban`: one file per group of commands.  Heavy libraries are imported by the command that needs them."""
