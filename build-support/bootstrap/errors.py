"""What the bootstrap tells a person when it cannot go on."""


class BootstrapError(Exception):
    """A failure that the person at the keyboard can act on: its text says what and how."""
