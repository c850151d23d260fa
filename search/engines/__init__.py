"""Who keeps the index?

port.py says what every engine promises; callers hold the port and never learn which engine it is, and
registry.py knows all of them. local.py reads the index in a folder and local_writer.py writes it: few
articles by building.py, many by bulk.py, with the processes of crew.py, whose tasks are in work.py.
reference.py keeps the same articles in Whoosh's own storage, for the tests.
"""
