"""libvirt's callbacks: registered once, turned into events, handed to every subscriber."""
