"""Two samples to rates: differences that honour resets and gaps."""
