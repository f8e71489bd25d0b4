"""Refunds of paid orders: asked for, decided by another, and what a person does when the provider can't (PAY-11)."""
