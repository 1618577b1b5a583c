"""Indexes a source tree: finds its files, reads those that changed, links what that touches, and stores the change."""
