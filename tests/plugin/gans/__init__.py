"""Five GANs as people write them, each without and with ADA: `name.py` and `name_ada.py`."""
