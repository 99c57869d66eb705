"""Item tables as bureaus keep them (CSV, XLSX, JSON), read into definitions or into everything that is wrong with them."""
