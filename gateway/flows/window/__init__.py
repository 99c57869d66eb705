"""What helps a window while it takes an application in: unsent forms, files in pieces, pages joined, licences looked up."""
