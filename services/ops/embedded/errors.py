"""What can go wrong with the embedded servers, in words for the person at the terminal."""

from pathlib import Path

from shared.kernel.errors import DomainError

_FULL = "No space left on device"
_TAKEN = ("Address already in use", "could not bind", "Failed listening on port")


class EmbeddedError(DomainError):
    """An embedded server cannot do what was asked.  `message` is one line that says how to mend it."""

    def __init__(self, message: str) -> None:
        super().__init__("embedded", message)

    def __str__(self) -> str:
        return self.message


def is_port_taken(log: str) -> bool:
    """Whether a server's log says that another program holds its port."""
    return any(words in log for words in _TAKEN)


def explain(title: str, log: str, log_path: Path) -> EmbeddedError:
    """One line out of the last lines a server wrote before it gave up."""
    if _FULL in log:
        return EmbeddedError(f"{title} found no space left on the disk: free some, then start again")
    if "initialized by PostgreSQL version" in log or "incompatible with server" in log:
        return EmbeddedError(f"the data was made by another version of {title}: start afresh, or use that version")
    lines = [line for line in log.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "error" in line.lower()]
    last = (telling or lines or ["it wrote nothing"])[-1].strip()
    return EmbeddedError(f"{title} did not start: {last} (more in {log_path})")


def port_taken(title: str, port: int) -> EmbeddedError:
    """The port that was asked for belongs to another program."""
    return EmbeddedError(f"port {port} for {title} is taken by another program: stop that, or choose another port")
