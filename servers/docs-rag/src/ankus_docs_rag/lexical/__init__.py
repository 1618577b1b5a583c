"""Words and what they weigh: the part of a search that goes by spelling.

words        text -> terms: stems, and identifiers whole and in parts
bm25         terms -> two sparse vectors whose inner product is the score
identifiers  text -> the exact spellings of what is no ordinary word
alignment    aligned sentences of two languages -> which word stands for which
catalogues   PostgreSQL's own translated messages -> aligned sentences
lexicon      a question's terms -> terms of another language, or of the documents
"""
