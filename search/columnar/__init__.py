"""Here is a segment, give me arrays. Knows neither news nor Chinese.

In: terms, positions and values of documents, as arrays. Out: files that are written once, checked by
length and checksum, and memory-mapped for reading. FORMAT.md draws the bytes; read it first.
"""
