"""Ready-made modules, imported as `swarmdsl_modules`.

They use nothing but what `swarmdsl` and `swarmdsl.light` offer every user, so each is also an
example of how to write your own.
"""
