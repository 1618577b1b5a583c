"""An MCP server that finds the right passage of a documentation, in Russian and English, with a citation.

Its surface is the console script `ankus-docs-rag` and `server.build_server`; everything else is the domain:

    read/      files, pages and Q&A -> `Page`s with their visible text
    chunk/     a `Page` -> passages (what is found) and their pieces (what is embedded)
    embed/     texts -> vectors: E5 by default, BGE-M3, any OpenAI-compatible endpoint
    store/     PostgreSQL: pages, passages, statistics, vectors of several models
    ingest/    a source -> the store, resumable, in one step from the old state to the new
    search/    phrasings -> ranked passages: arms, fusion, reranking, filters, what is missing
    evaluate/  questions -> measures beside baselines, with intervals, a judge and a report
"""
