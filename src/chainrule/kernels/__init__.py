"""Numerics: arrays in, arrays out; nothing here knows Tensor."""
