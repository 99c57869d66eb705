"""What a case is.  Pure: imports nothing of ours, does no I/O, reads no clock."""
