"""The way in: configuration, credentials, and the door that opens a connection."""
