"""Devices of a guest: plugged in and out, changed, and its disks as handles of their own."""
