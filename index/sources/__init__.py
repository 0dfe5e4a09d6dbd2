"""Texts that people have, read into articles: files, pages, standard input, paste."""

from index.sources.files import LARGEST, read_bytes, read_file
from index.sources.text import read_text

__all__ = ["LARGEST", "read_bytes", "read_file", "read_text"]
