"""Files of a recording brought into place: the lock, the form of what is written, compaction."""
