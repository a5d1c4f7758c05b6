"""What the health of the service depends on."""

CATALOGUE = "catalogue"
"""The component of health: whether there is a catalogue to serve."""
