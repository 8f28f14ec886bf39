"""Diagnosis: all checks on one run, and their findings in order."""

import dataclasses

from ada_tf.diagnosis.evidence import Evidence, Finding, Level
from ada_tf.diagnosis.run_checks import CHECKS
from ada_tf.files import printable

_HEALTHY = "nothing found"


@dataclasses.dataclass(frozen=True)
class Diagnosis:
    """Findings about a run.

    Attributes:
        run: its name.
        evidence: facts about the run.
        findings: the most important first.
    """

    run: str
    evidence: Evidence
    findings: tuple[Finding, ...]

    @property
    def state(self) -> str:
        """In a word or two: that of the first finding."""
        return self.findings[0].state if self.findings else _HEALTHY

    @property
    def headline(self) -> str:
        """One line: the run, how far it is, its state."""
        return f"{printable(self.run)} at {self.evidence.kimg:g} kimg: {self.state}"

    @property
    def text(self) -> str:
        """Lines of text, the most important first."""
        lines = [self.headline, ""]
        for finding in self.findings:
            lines.append(f"- {finding.state}: {finding.sentence}")
            if finding.advice:
                lines.append(f"  {finding.advice}")
        if not self.findings:
            lines.append(f"- {self.nothing}")
        return "\n".join(lines)

    @property
    def nothing(self) -> str:
        """Sentence for a run about which no check has spoken."""
        seen = len(self.evidence.looks)
        return (
            "No check has found anything, good or bad;"
            f" {seen} sets of generated pictures and {len(self.evidence.curves)} curves were seen."
        )

    @property
    def json(self) -> dict:
        """JSON values: run, kimg, state, findings."""
        return {
            "run": self.run,
            "kimg": self.evidence.kimg,
            "state": self.state,
            "findings": [finding.json for finding in self.findings],
        }


def diagnose(run: str, evidence: Evidence, checks=CHECKS) -> Diagnosis:
    """Ask every check.

    Args:
        run: its name.
        evidence: facts about the run.
        checks: evidence -> `Finding` or None, the likelier causes first.
    """
    found = [finding for check in checks if (finding := check(evidence)) is not None]
    # Sorting is stable: among equals the order of the table stays.
    found.sort(key=lambda finding: -finding.level)
    spoilt = any(finding.level >= Level.ALARM for finding in found)
    # Beside an illness nothing is good, and its consequence is no second one.
    kept = [f for f in found if not (spoilt and (f.level == Level.GOOD or f.state == "stalled"))]
    return Diagnosis(run, evidence, tuple(kept))
