"""Points in the life of a guest: snapshots, checkpoints, and backups between them."""
