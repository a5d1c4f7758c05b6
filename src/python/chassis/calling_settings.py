"""The settings of a service that calls others."""

from typing import Annotated

from msgspec import Meta

from chassis.settings import Settings


class CallingSettings(Settings):
    """What all calls have in common, whoever is called."""

    deadline_margin_seconds: Annotated[
        float,
        Meta(
            ge=0,
            le=60,
            description=(
                "How much of a request's time is kept back from the calls that are made on its"
                " behalf, to make an answer of what they give."
            ),
        ),
    ] = 0.05
