"""Comparing days with partners (对账): what both hold of a day, what differs, what is repaired, what is told."""
