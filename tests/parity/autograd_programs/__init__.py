"""Small programs about autograd: each a function of the library and of `show`; see `test_autograd_programs.py`."""
