"""The worked examples of five courses, running."""
