"""The configuration reference, generated from the settings model: a Markdown page and a JSON schema."""

from docs.generator.configuration import render_page
from docs.generator.schema import render_schema

FILES = {"configuration.md": render_page, "contactcenter.schema.json": render_schema}
"""The functions that render the files of the reference, by file name under docs/."""

__all__ = ["FILES", "render_page", "render_schema"]
