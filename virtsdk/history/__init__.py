"""Figures of hosts kept on disk, and read again without libvirt."""
