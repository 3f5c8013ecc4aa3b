"""The course to which the examples of this package add themselves."""

from demos.gallery.example import Course

course = Course("K", 'Kording, "CIS 522, Lecture 2R"')
