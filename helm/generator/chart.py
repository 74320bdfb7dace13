"""The chart's version, which is the program's."""

import re


def render(text: str, version: str) -> str:
    """Return a Chart.yaml with every version in it as it must be.

    Args:
        text: The Chart.yaml.
        version: The program's version.
    """
    text = re.sub(r"^version: .*$", f"version: {version}", text, flags=re.MULTILINE)
    text = re.sub(r"^appVersion: .*$", f'appVersion: "{version}"', text, flags=re.MULTILINE)
    return re.sub(r"^([ -]+image: [^:]+):.*$", rf"\g<1>:{version}", text, flags=re.MULTILINE)
