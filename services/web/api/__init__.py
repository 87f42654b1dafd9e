"""API resources, one module for each capability, each with a blueprint named `bp`."""
