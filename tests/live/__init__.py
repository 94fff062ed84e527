"""The engine of the live figures; a package, so that its conftest has its own name."""
