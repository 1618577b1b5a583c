"""How well the search finds, and how well its answers hold: questions -> measures, a comparison, a report.

questions    a file of questions with the passages that answer them
relevance    hits -> the rank at which each of these passages came
measures     ranks -> recall, MRR, nDCG, success; what was said of questions without an answer
intervals    bootstrap intervals and the paired randomisation test
run          questions and systems -> one `Evaluation`, which can be saved and read again
summary      an `Evaluation` -> rows of measures with intervals, a group and a system a row
baselines    what our search has to beat: PostgreSQL's full-text search, BM25, RRF
systems      our own search in its configurations; the one place that knows the search
compare      two systems or two saved runs, with a test of significance
judge        answers judged by a model: faithfulness, relevancy, correctness
report       all of it as one page; `charts` draws it, `tables` are for the terminal
"""
