"""Derivatives of high order by power series: `jet`, and what is made of it."""

from __future__ import annotations

from chainrule.func import series_rules
