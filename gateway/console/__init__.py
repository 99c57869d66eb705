"""The door for people: pages in a browser, rendered here, that work without scripts and are kept fresh by them."""
