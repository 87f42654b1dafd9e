"""The command line as a whole: names, speed, wrong input."""

import subprocess
import sys

import pytest

from services.ops.main import COMMANDS, main


def test_help_lists_every_command_without_importing_the_product():
    code = "import sys; from services.ops.main import main; main(['--help']); print(sorted(sys.modules))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert all(f"  {name} " in done.stdout for name in COMMANDS)
    assert "'flask'" not in done.stdout
    assert "'sqlalchemy'" not in done.stdout


def test_wrong_input_is_one_line_and_exit_code_2(capsys: pytest.CaptureFixture[str]):
    assert main(["no-such-command"]) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "hehu: No such command 'no-such-command'.\n"
