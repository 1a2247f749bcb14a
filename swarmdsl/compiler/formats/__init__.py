"""Findings as other programs read them: SARIF, annotations of GitHub, JUnit's XML."""
