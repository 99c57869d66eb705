"""Onboarding (对接): two regions introduce themselves to each other, and find out whether the way between them works."""
