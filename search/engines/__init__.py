"""Who keeps the index?

port.py says what every engine promises; each other file but registry.py keeps one. Callers hold the
port and never learn which engine it is.
"""
