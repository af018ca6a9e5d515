"""Block jobs of a guest's disks: content that moves between files while the guest uses it."""
