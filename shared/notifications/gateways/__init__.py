"""Gateways to the outside, one file each with the same class; `port.py` says what they keep to.

For the next one: a file here with a class that has `send`; stable id handed on, time-out set, every refusal turned
into DeliveryFailed with `permanent` told apart, no name or circumstance in the text; a line in `chosen.py`.
"""
