"""How fast tidu is beside PyTorch: ``python -m benchmarks``, or ``make bench``."""
