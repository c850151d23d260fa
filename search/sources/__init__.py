"""Here is a path, give me articles.

In come paths (a file, a folder, `-`): `walking.walk` finds the files, `reading.read` reads one.
Out go values: an Article, a Rejected for each record that cannot become one, a LayoutDrift for a
page that did not look as expected. One bad record never stops the rest.
It does not know what becomes of an article: no index, no query, no settings file.
"""
