"""What differs between two runs, or two sets of runs, such as those of two versions of a prompt.

sets.py + intervals.py   each measure of both sets, their difference, and how sure it is
runs.py                  the prompts, calls, results and answers of two runs, side by side
"""
