"""The targets that a command is limited to by name."""

from collections.abc import Collection, Sequence

from exporter.errors import Problem, UsageError
from exporter.runtime.suggest import hint
from exporter.settings import TargetSettings


def select_targets(targets: Sequence[TargetSettings], names: Collection[str]) -> Sequence[TargetSettings]:
    """Return the targets of these names, all targets if no name is given.

    Raises:
        UsageError: There is no target of a name.
    """
    known = [target.name for target in targets]
    unknown = [name for name in names if name not in known]
    if unknown:
        listed = f" (known: {', '.join(known)})"
        problems = (Problem("--target", f"unknown target {name}{hint(name, known) or listed}") for name in unknown)
        raise UsageError(tuple(problems))
    return [target for target in targets if target.name in names] if names else targets
