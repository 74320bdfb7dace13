"""The version of the chart, which is that of the exporter."""

import re


def render(text: str, version: str) -> str:
    """Return a Chart.yaml with every version replaced.

    Args:
        text: The Chart.yaml.
        version: The version of the exporter.
    """
    text = re.sub(r"^version: .*$", f"version: {version}", text, flags=re.MULTILINE)
    text = re.sub(r"^appVersion: .*$", f'appVersion: "{version}"', text, flags=re.MULTILINE)
    return re.sub(r"^([ -]+image: [^:]+):.*$", rf"\g<1>:{version}", text, flags=re.MULTILINE)
