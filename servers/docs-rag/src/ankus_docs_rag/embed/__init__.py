"""Which model makes vectors, of `ankus_shared.embed` or BGE-M3; what E5's have in common over documents."""
