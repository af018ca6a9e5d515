"""What is done to a guest from outside: keys, signals, sleep."""
