"""The reference of what an operator can configure, made of the settings model: a page, and a schema for editors."""

from docs.generator.configuration import render_page
from docs.generator.schema import render_schema

FILES = {"configuration.md": render_page, "contactcenter.schema.json": render_schema}
"""The files of the reference and what makes each, by their names under docs/."""

__all__ = ["FILES", "render_page", "render_schema"]
