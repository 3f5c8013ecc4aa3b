"""What runs in the page, by Pyodide: modules whose functions the page calls. See `demos.playground`."""
