"""The vendor's words for channels, which several of its collections use."""

from collections.abc import Mapping

from exporter.model import Channel
from exporter.vendors.toolkit.readers import words

CHANNEL_WORDS: Mapping[str, Channel] = {"Phone": "voice", "Chat": "chat", "Email": "email"}

channel = words(CHANNEL_WORDS, "")
"""Reads a channel; "" if the word is unknown."""
