"""What `./pants doctor` reports: things looked for, found or not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

OK = "ok"
MISSING = "MISSING"
ABSENT = "absent"

ALL_THERE = "All that is required is there."
NOT_ALL_THERE = "Something required is missing."


@dataclass(frozen=True)
class Finding:
    """One thing that was looked for.

    `detail` is what was found, or why it is of no use; `purpose` is what needs it. Without a
    `required` thing that is `usable` nothing works.
    """

    name: str
    usable: bool
    detail: str
    purpose: str
    required: bool = False

    @property
    def status(self) -> str:
        """One word for the report."""
        if self.usable:
            return OK
        return MISSING if self.required else ABSENT


def healthy(findings: Iterable[Finding]) -> bool:
    """Whether everything required is usable."""
    return all(finding.usable for finding in findings if finding.required)


def render(findings: Sequence[Finding]) -> str:
    """The report, one finding in two lines: what there is, and what needs it."""
    width = max(len(finding.name) for finding in findings)
    lines = []
    for finding in findings:
        need = "required" if finding.required else "optional"
        detail = finding.detail.replace("\n", "\n" + " " * (width + 11))
        lines.append(f"{finding.status:8} {finding.name:{width}}  {detail}")
        lines.append(f"{'':8} {'':{width}}  {need}: {finding.purpose}")
    lines += ["", ALL_THERE if healthy(findings) else NOT_ALL_THERE, ""]
    return "\n".join(lines)
