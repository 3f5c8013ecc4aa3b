"""The course to which the examples of this package add themselves."""

from demos.gallery.example import Course

course = Course("T", 'Georgia Tech, "CS 7643, gradient descent, neural networks, backpropagation"')
