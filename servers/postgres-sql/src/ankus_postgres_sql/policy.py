"""What a statement may be made of: the lists behind the guard, and nothing else."""

import re

STATEMENTS = frozenset({"SelectStmt", "ExplainStmt", "VariableShowStmt"})
"""Kinds of statement that read: SELECT, VALUES, TABLE, WITH; EXPLAIN of those; SHOW."""

NODES = STATEMENTS | frozenset(
    """
    A_ArrayExpr A_Const A_Expr A_Indices A_Indirection A_Star Alias BitString BoolExpr Boolean BooleanTest
    CTECycleClause CTESearchClause CaseExpr CaseWhen CoalesceExpr CollateClause ColumnDef ColumnRef
    CommonTableExpr DefElem Float FuncCall GroupingFunc GroupingSet Integer JoinExpr
    JsonAggConstructor JsonArgument JsonArrayAgg JsonArrayConstructor JsonArrayQueryConstructor JsonBehavior
    JsonFormat JsonFuncExpr JsonIsPredicate JsonKeyValue JsonObjectAgg JsonObjectConstructor JsonOutput
    JsonParseExpr JsonReturning JsonScalarExpr JsonSerializeExpr JsonTable JsonTableColumn
    JsonTablePathSpec JsonValueExpr
    MinMaxExpr NamedArgExpr NullTest RangeFunction RangeSubselect RangeTableFunc RangeTableFuncCol
    RangeTableSample RangeVar RawStmt ResTarget RowExpr SQLValueFunction SortBy String SubLink TypeCast
    TypeName WindowDef WithClause XmlExpr XmlSerialize
    """.split()
)
"""Every kind of node that a read may contain. Data-modifying CTEs, INTO, FOR UPDATE and parameters are
kinds of their own (InsertStmt, IntoClause, LockingClause, ParamRef), so they are absent here."""

MAKE_NOTHING = frozenset(
    """
    A_Expr A_Star Alias BoolExpr Boolean BooleanTest ColumnRef CommonTableExpr DefElem ExplainStmt Float
    Integer JoinExpr NullTest RangeSubselect RangeVar RawStmt ResTarget SortBy String SubLink WithClause
    """.split()
)
"""Nodes that make no value which could take the type of a column, if no literal in quotes is beside them."""

REASONS = {
    "IntoClause": "SELECT INTO makes a table",
    "LockingClause": "FOR UPDATE and FOR SHARE lock rows",
    "ParamRef": "a parameter such as $1 has no value here: write the value itself",
    "InsertStmt": "INSERT changes data",
    "UpdateStmt": "UPDATE changes data",
    "DeleteStmt": "DELETE changes data",
    "MergeStmt": "MERGE changes data",
}

SAMPLING = frozenset({"bernoulli", "system", "system_rows", "system_time"})
"""Methods of TABLESAMPLE."""

HARMLESS = frozenset(
    """
    age_rand array_sample array_shuffle bm25_get_current_score clock_timestamp current_query
    gen_random_bytes gen_random_uuid gen_salt hypopg hypopg_get_indexdef hypopg_hidden_indexes
    hypopg_relation_size normal_rand
    pg_blocking_pids pg_buffercache_pages pg_buffercache_summary pg_buffercache_usage_counts
    pg_collation_actual_version pg_control_checkpoint pg_control_init pg_control_recovery pg_control_system
    pg_current_wal_flush_lsn pg_freespace pg_get_wal_replay_pause_state pg_get_wal_resource_managers
    pg_last_committed_xact pg_numa_available pg_relpages pg_stat_get_backend_io pg_stat_statements
    pg_stat_statements_info pg_visibility_map pg_visibility_map_summary pgp_pub_encrypt
    pgp_pub_encrypt_bytea pgp_sym_encrypt pgp_sym_encrypt_bytea pgstatginindex pgstathashindex
    pgstatindex pgstattuple pgstattuple_approx ssl_cipher ssl_is_used ssl_version
    pg_current_wal_insert_lsn pg_current_wal_lsn pg_database_collation_actual_version pg_database_size
    pg_get_wait_events pg_indexes_size pg_is_in_recovery pg_is_wal_replay_paused pg_jit_available
    pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_lock_status
    pg_notification_queue_usage pg_partition_ancestors pg_partition_tree pg_prepared_xact pg_relation_size
    pg_safe_snapshot_blocking_pids pg_sequence_last_value pg_stat_get_io pg_table_size pg_tablespace_size
    pg_total_relation_size pg_xact_commit_timestamp pg_xact_status random random_normal timeofday txid_status
    uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4 uuidv4 uuidv7
    """.split()
)
"""Volatile functions of PostgreSQL and its extensions that change nothing and reach nothing outside."""

HARMLESS_PREFIX = "pg_stat_get_"
"""The same for all functions of PostgreSQL whose names begin so."""

REFUSED = {
    **dict.fromkeys(
        [
            f"{what}_to_{form}"
            for what in ("query", "table", "schema", "database", "cursor")
            for form in ("xml", "xmlschema", "xml_and_xmlschema")
        ]
        + ["crosstab", "crosstab2", "crosstab3", "crosstab4", "crosstab_hash", "connectby", "xpath_table"]
        + ["age_prepare_cypher", "prepare_cypher"]
        + ["ts_stat", "cypher", "exec", "execute", "exec_sql", "execute_sql"],
        "runs SQL that is given to it as text",
    ),
    **dict.fromkeys(["txid_current", "pg_current_xact_id"], "uses up a transaction number"),
    **dict.fromkeys(
        ["array_in", "domain_in", "multirange_in", "range_in", "record_in"],
        "makes a value of any type, whose checks it runs",
    ),
    **dict.fromkeys(["age_delete_global_graphs", "delete_global_graphs"], "drops what the session holds"),
    **dict.fromkeys(["xslt_process", "http_get", "http"], "reaches outside of the database"),
}
"""Functions that are refused whatever the catalog says of them, with the reason."""

REFUSED_ARITY = {("ts_rewrite", 2): "runs SQL that is given to it as text"}
"""The same for one number of arguments."""

SECRETS = frozenset(
    """
    pg_authid pg_shadow pg_user_mapping pg_user_mappings user_mapping_options pg_subscription
    _pg_user_mappings pg_hba_file_rules pg_ident_file_mappings pg_file_settings pg_largeobject pg_statistic
    pg_statistic_ext_data
    """.split()
)
"""Relations of the catalog that hold passwords, connection strings, rules of login, or rows of others."""

NAME_A_TYPE = frozenset({"pg_input_is_valid", "pg_input_error_info"})
"""Functions whose second argument names a type whose input function, checks included, they run."""

SYNTAX_OR_CALL = {
    "JsonFuncExpr": (("json_exists", "json_query", "json_value"), 2),
    "JsonArrayAgg": (("json_arrayagg",), 1),
    "JsonParseExpr": (("json",), 1),
    "JsonScalarExpr": (("json_scalar",), 1),
    "JsonSerializeExpr": (("json_serialize",), 1),
    "JsonObjectConstructor": (("json_object",), 0),
    "JsonArrayConstructor": (("json_array",), 0),
}
"""Syntax of PostgreSQL 16 and 17 that an older server takes for a call of a function of that name, and with
how many arguments; of the last two it is counted."""

PLANNER_SETTINGS = re.compile(
    r"enable_\w+|\w+_cost|\w+_collapse_limit|geqo\w*|jit\w*|work_mem|hash_mem_multiplier|effective_\w+"
    r"|m(?:ax|in)_parallel_\w+|parallel_\w+|plan_cache_mode|constraint_exclusion|cursor_tuple_fraction"
    r"|recursive_worktable_factor|debug_parallel_query|pg_hint_plan\.\w+"
)
"""What a hint may set."""
