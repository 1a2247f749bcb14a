"""What swarmdsl is measured by: `python -m benchmarks` lists it."""
