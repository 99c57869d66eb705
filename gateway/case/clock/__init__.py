"""Time limits (限时办结): calendars, what runs from when to when, and what is said of it."""
