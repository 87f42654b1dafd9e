"""The project's own checks find what they are for."""

from pathlib import Path

from tests.support import dead, duplicates, sizes

EIGHT = "\n".join(f"    total += weigh(part_{number}, {number})" for number in range(8))


def test_eight_equal_lines_in_two_files_are_found_whatever_stands_around_them(tmp_path: Path):
    (tmp_path / "one.py").write_text(f"def one(total):\n{EIGHT}\n")
    (tmp_path / "two.py").write_text(
        f"import os\n\n\ndef two(total, other):\n    # a remark\n{EIGHT}\n    return other\n"
    )

    found = list(duplicates.duplicates(sorted(tmp_path.glob("*.py"))))

    assert found == [((tmp_path / "one.py", 2), (tmp_path / "two.py", 6))]


def test_seven_equal_lines_are_no_duplicate(tmp_path: Path):
    seven = EIGHT.rsplit("\n", 1)[0]
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text(
            f"def {name}(total):\n{seven}\n    return total + {len(name)} * '{name}'\n"
        )

    assert list(duplicates.duplicates(sorted(tmp_path.glob("*.py")))) == []


def test_a_function_of_26_lines_is_too_long_and_its_docstring_does_not_count(tmp_path: Path):
    path = tmp_path / "long.py"
    body = "\n".join(f"    step({number})" for number in range(24))
    docstring = '    """One.\n\n    Two.\n    """\n'
    path.write_text(f"def fits():\n{docstring}{body}\n\n\ndef does_not():\n{body}\n    step(24)\n")

    found = list(sizes.faults(path))

    assert [fault.split(": ", 1)[1] for fault in found] == ["does_not has 26 lines, at most 25"]


def test_a_function_that_nothing_calls_is_dead(tmp_path: Path):
    (tmp_path / "house.py").write_text(
        "def lived_in():\n    return 1\n\n\ndef nobody_calls_me():\n    return lived_in()\n"
    )
    settings = {"paths": [str(tmp_path)], "exclude": [], "ignore_names": [], "ignore_decorators": []}

    found = dead.unused(settings)

    assert [fault.split(": ", 1)[1] for fault in found] == ["unused function 'nobody_calls_me'"]
