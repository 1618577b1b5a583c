"""What `python -m benchmarks.bench_load` needs: a model and a tool that take a fixed time."""
