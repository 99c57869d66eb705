"""Backup and restore, and how a restored gateway catches up with its partners."""
