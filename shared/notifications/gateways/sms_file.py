"""Messages into a file, one JSON line each: for tests, demos and offices whose own system picks them up."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from .port import DeliveryFailed, Message


@dataclass(frozen=True)
class SmsFile:
    """`HEHU_SMS_URL=file:/path`; lines {"id", "to", "text"}.  A message sent again has the same id."""

    path: Path

    def send(self, message: Message) -> str:
        """Append one line in one write, which processes side by side cannot tear apart."""
        line = json.dumps({"id": str(message.id), "to": message.to, "text": message.text}, ensure_ascii=False)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, f"{line}\n".encode())
            finally:
                os.close(handle)
        except OSError as wrong:
            raise DeliveryFailed(f"gateway.file: {wrong.strerror}", permanent=False) from wrong
        return f"file:{message.id}"
