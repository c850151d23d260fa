"""Here are matches, who comes first?

In: one validated RankingProfile. The local engine takes its numbers from there, and from nowhere else.
searching.py is the page to begin with: sets of documents, bounds, exact scores.
"""
