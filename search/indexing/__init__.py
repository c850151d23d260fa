"""What changed since last time?

job.py is the writing page; changes.py compares what the sources say with what the index holds;
report.py is what a run tells; quarantine.py keeps what could not be read.
"""
