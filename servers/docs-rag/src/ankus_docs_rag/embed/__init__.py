"""Texts -> vectors: E5 by default, BGE-M3, any OpenAI-compatible endpoint; `catalogue` opens the set one."""
