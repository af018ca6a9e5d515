"""Live handles on what a libvirt host has, one file a kind of object."""
