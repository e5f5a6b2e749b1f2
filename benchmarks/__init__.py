"""What the product costs, measured against what others offer; `python -m benchmarks`, or `make bench`."""
