"""The one door to libvirt: nothing outside this package imports it."""
