"""What the doctor says of one thing."""

from __future__ import annotations

from dataclasses import dataclass

OK, WARN, FAIL = "ok", "warn", "FAIL"


@dataclass(frozen=True)
class Line:
    """`about` names the thing, `says` what was found, `to_do` what helps where it is not ok; none holds a secret."""

    verdict: str
    about: str
    says: str
    to_do: str = ""

    def __str__(self) -> str:
        return f"{self.verdict:<4}  {self.about}: {self.says}{f' → {self.to_do}' if self.to_do else ''}"


def expect(good: object, about: str, fine: str, *, otherwise: str, to_do: str, verdict: str = FAIL) -> Line:
    """ok with `fine` where it is `good`; else `otherwise`, and what helps."""
    return Line(OK, about, fine) if good else Line(verdict, about, otherwise, to_do)


def judged(about: str, value: float, *, warn: float, fail: float, unit: str = "", to_do: str) -> Line:
    """A figure that must stay low: above `warn` it is a warning, above `fail` a failure."""
    said = f"{value:.0f} {unit}".strip()
    verdict = FAIL if value > fail else WARN
    return expect(value <= warn, about, said, otherwise=said, to_do=to_do, verdict=verdict)
