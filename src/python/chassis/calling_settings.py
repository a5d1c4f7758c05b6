"""The settings of a service that calls others."""

from pydantic import Field

from chassis.settings import Settings


class CallingSettings(Settings):
    """What all calls have in common, whoever is called."""

    deadline_margin_seconds: float = Field(
        default=0.05,
        ge=0,
        le=60,
        allow_inf_nan=False,
        description=(
            "How much of a request's time is kept back from the calls that are made on its behalf,"
            " to make an answer of what they give."
        ),
    )
