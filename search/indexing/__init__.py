"""What changed since last time?

job.py is the writing page; changes.py compares what the sources say with what the index holds;
report.py is what a run tells, history.py what is told of earlier ones; metrics.py tells monitors;
quarantine.py keeps what could not be read.
"""
