"""Results that stay addressable: kept for a while, shown in pages, and joined by name."""
