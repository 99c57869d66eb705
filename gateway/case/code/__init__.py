"""Numbers and names that others give: persons, organisations, divisions, licences, cases."""
