"""Checks of the database's health: each reads the catalog once, and judges its rows by plain functions."""
