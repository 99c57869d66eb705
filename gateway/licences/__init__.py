"""Sources of electronic licences (电子证照): a licence platform over HTTP, a file for samples, and which types can be called."""
