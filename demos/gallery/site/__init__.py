"""The gallery as a static site.

build.py runs the examples and writes the files, page.py decides what a page says, templates/ and static/ how it looks.
"""
