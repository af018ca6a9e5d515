"""Reading a recording: which rows are meant, their files and their rates; part by part, each file once."""
