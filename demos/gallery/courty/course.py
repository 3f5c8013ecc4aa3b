"""The course to which the examples of this package add themselves."""

from demos.gallery.example import Course

course = Course("C", 'Courty, "Introduction to Deep Learning, Lecture 2"')
