"""The course to which the examples of this package add themselves."""

from demos.gallery.example import Course

course = Course("O", 'Kokkinos, "Introduction to Machine Learning, Week 5"')
