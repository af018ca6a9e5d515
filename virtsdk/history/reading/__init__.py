"""Reading a recording of many hosts and weeks: part by part, each file once."""
