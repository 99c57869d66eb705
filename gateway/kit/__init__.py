"""What a region proves and practises with before its first real case: checks over the wire, and a partner that plays a part."""
