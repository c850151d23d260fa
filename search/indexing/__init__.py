"""What changed since last time?

job.py is the writing page: looking.py finds the files, known_files.py those that need no reading,
changes.py compares the rest with what the index holds, brake.py stops what would empty it, rehearsal.py
writes nothing. report.py is what a run tells, history.py what is told of earlier ones; quarantine.py
keeps what could not be read.
"""
