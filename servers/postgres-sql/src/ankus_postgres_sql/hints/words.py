"""The words of the two languages."""

from ankus_postgres_sql.hints.model import Group, Join, Scan

SCANS = {
    "SeqScan": (Scan.SEQ, False),
    "TidScan": (Scan.TID, False),
    "IndexScan": (Scan.INDEX, False),
    "IndexOnlyScan": (Scan.INDEX_ONLY, False),
    "BitmapScan": (Scan.BITMAP, False),
    "NoSeqScan": (Scan.SEQ, True),
    "NoTidScan": (Scan.TID, True),
    "NoIndexScan": (Scan.INDEX, True),
    "NoIndexOnlyScan": (Scan.INDEX_ONLY, True),
    "NoBitmapScan": (Scan.BITMAP, True),
}
"""pg_hint_plan's scan hints: method, and whether it is forbidden."""
INDEXED = ("IndexScan", "IndexOnlyScan", "BitmapScan")
"""Those that take names of indexes, and with `Regexp` behind patterns of them."""
JOINS = {
    "NestLoop": (Join.NESTED_LOOP, False),
    "HashJoin": (Join.HASH, False),
    "MergeJoin": (Join.MERGE, False),
    "NoNestLoop": (Join.NESTED_LOOP, True),
    "NoHashJoin": (Join.HASH, True),
    "NoMergeJoin": (Join.MERGE, True),
}
OTHERS = ("Leading", "Memoize", "NoMemoize", "Rows", "Parallel", "Set")
KEYWORDS = (*SCANS, *(f"{word}Regexp" for word in INDEXED), *JOINS, *OTHERS)
"""Every hint of pg_hint_plan 1.7, in its spelling; it reads them in any case."""

ADVICE_SCANS = {"SEQ_SCAN": Scan.SEQ, "TID_SCAN": Scan.TID, "BITMAP_HEAP_SCAN": Scan.BITMAP}
ADVICE_INDEX_SCANS = {"INDEX_SCAN": Scan.INDEX, "INDEX_ONLY_SCAN": Scan.INDEX_ONLY}
ADVICE_JOINS = {
    "HASH_JOIN": Join.HASH,
    "MERGE_JOIN_PLAIN": Join.MERGE,
    "MERGE_JOIN_MATERIALIZE": Join.MERGE_MATERIALIZE,
    "NESTED_LOOP_PLAIN": Join.NESTED_LOOP,
    "NESTED_LOOP_MATERIALIZE": Join.NESTED_LOOP_MATERIALIZE,
    "NESTED_LOOP_MEMOIZE": Join.NESTED_LOOP_MEMOIZE,
}
SIMPLE_GROUPS = (Group.NO_GATHER, Group.DO_NOT_SCAN)
"""Tags of which each target stands for itself: they take no sublists."""
LIST_GROUPS = tuple(group for group in Group if group not in SIMPLE_GROUPS)
ADVICE_TAGS = (*ADVICE_SCANS, *ADVICE_INDEX_SCANS, "JOIN_ORDER", *ADVICE_JOINS, *Group)
"""Every tag of pg_plan_advice in PostgreSQL 19."""

SETTINGS = frozenset(
    """
    enable_async_append enable_bitmapscan enable_distinct_reordering enable_gathermerge
    enable_group_by_reordering enable_hashagg enable_hashjoin enable_incremental_sort
    enable_indexonlyscan enable_indexscan enable_material enable_memoize enable_mergejoin enable_nestloop
    enable_parallel_append enable_parallel_hash enable_partition_pruning enable_partitionwise_aggregate
    enable_partitionwise_join enable_presorted_aggregate enable_self_join_elimination enable_seqscan
    enable_sort enable_tidscan constraint_exclusion cpu_index_tuple_cost cpu_operator_cost cpu_tuple_cost
    cursor_tuple_fraction effective_cache_size effective_io_concurrency from_collapse_limit geqo
    geqo_effort geqo_generations geqo_pool_size geqo_seed geqo_selection_bias geqo_threshold
    jit jit_above_cost jit_inline_above_cost jit_optimize_above_cost
    join_collapse_limit max_parallel_workers_per_gather min_parallel_index_scan_size
    min_parallel_table_scan_size parallel_leader_participation parallel_setup_cost parallel_tuple_cost
    plan_cache_mode random_page_cost recursive_worktable_factor seq_page_cost work_mem
    """.split()
)
"""Parameters of the planner (https://www.postgresql.org/docs/18/runtime-config-query.html) and work_mem:
what a hint may set here. Nothing else is let through, so that no hint touches a limit or a right."""
