"""What is measured of a run: histograms, the totals of each daemon, and what they come to.

Pure arithmetic: whoever measures hands in the times.
"""
