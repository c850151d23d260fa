"""Here are articles, give me their tokens as arrays.

In: articles, many at once. Out: for each token a group of the dictionary, a document, a position and a
form; the same tokens as search/analysis/ cuts, which the tests hold against each other.

encoder.py is the page to begin with: pieces.py cuts texts, hashing.py looks pieces up, rows.py analyses
those never seen before, words.py cuts Chinese, dictionary.py numbers what is found.
"""
