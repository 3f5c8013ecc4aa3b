"""Exercises: graphs drawn by chance for a sheet (`levels`), and what was answered (`judge`, `check`)."""
