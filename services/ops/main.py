"""The command line: names and one line of help here, everything else loaded when its command is called."""

import importlib
import sys

import click

from shared.kernel.errors import DomainError

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("services.ops.demo:demo", "A whole county on this machine, for looking around."),
    "web": ("services.web.main:web", "Serve pages and API."),
    "worker": ("services.worker.main:worker", "Run reactions."),
    "clock": ("services.worker.main:clock", "Ring the bell and sweep what is overdue."),
    "auditor": ("services.worker.auditor:auditor", "Prove that nothing was lost; fall silent when something was."),
    "doctor": ("services.ops.doctor:doctor", "What is wrong with an installation, and what to do."),
    "db": ("services.ops.db:db", "Roles, migrations and checks of the database."),
    "county": ("services.ops.county:county", "The first county, its administrator; a new password for anybody."),
    "plan": ("services.ops.plan:plan", "Read a work plan."),
    "roster": ("services.ops.roster:roster", "Check or import a roster."),
    "reactions": ("services.ops.reactions:reactions", "What failed for good, and again."),
    "simulate": ("services.ops.simulate:simulate", "A county lived through on a fast clock, and compared with itself."),
    "bench": ("services.ops.bench:bench", "Measure, each figure beside its floor."),
}
WRONG_INPUT = 2


class LazyGroup(click.Group):
    """Knows its commands by name, so that `hehu --help` need not import the product."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order in which a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command that was called."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, said) for name, (_, said) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hehu", message="%(version)s")
def cli() -> None:
    """呵护 Hehu: what was promised to a child is done, or somebody hears of it in time."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; wrong input is one line on standard error and exit code 2."""
    try:
        outcome = cli.main(arguments, prog_name="hehu", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as asked:
        print(asked.format_message())
        return WRONG_INPUT
    except click.ClickException as wrong:
        return _refuse(wrong.format_message())
    except DomainError as wrong:
        return _refuse(wrong.message)
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away (`| head`): nothing to tell it any more
        return 0
    return outcome if isinstance(outcome, int) else 0


def _refuse(message: str) -> int:
    print("hehu:", " ".join(message.split()), file=sys.stderr)
    return WRONG_INPUT


if __name__ == "__main__":
    sys.exit(main())
