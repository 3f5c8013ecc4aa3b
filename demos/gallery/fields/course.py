"""The course that the examples add themselves to."""

from demos.gallery.example import Course

course = Course("G", 'Grosse, "Fields Machine Learning Course, Lecture 1"')
