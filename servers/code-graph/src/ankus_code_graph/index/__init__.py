"""Indexes a source tree: reads the files that changed, links what that touches, stores the difference."""
