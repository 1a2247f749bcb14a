"""The logger of whatever code a task runs."""

from __future__ import annotations

import logging

logger = logging.getLogger("swarmdsl.task")
"""Writes to the log of the daemon that runs the task: the time, the instance and the round first.

From INFO on, unless `logger.setLevel` says otherwise. In a test it is a logger like any other.
"""
