"""Definitions of guests elsewhere: in a hypervisor's own words, and in files of saved guests."""
