"""Who wants to know of which new article?

saved.py keeps the searches, pending.py the articles that are to be tried, journal.py what has fired, and
delivering.py how far each target was told. firing.py is the page to begin with.
"""
