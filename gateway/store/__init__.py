"""What survives a crash: plain functions of a transaction, the database that runs them, and the material files."""
