"""A question to an answer in the article's own words, and the faces that people use."""

__version__ = "0.1.0"
