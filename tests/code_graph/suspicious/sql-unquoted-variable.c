void makes_sql(StringInfo buf, const char *table, int n)
{
	const char *quoted = quote_identifier(table);

	appendStringInfo(buf, "SELECT count(*) FROM %s", table); /* expect: sql-unquoted-variable */
	appendStringInfo(buf, "SELECT count(*) FROM %s", quoted);
	appendStringInfo(buf, "SELECT count(*) FROM %s", quote_identifier(table));
	appendStringInfo(buf, "SELECT %d", n);
	appendStringInfo(buf, "table %s", table);
}

char *makes_sql_at_once(const char *name)
{
	return psprintf("DROP TABLE %s", name); /* expect: sql-unquoted-variable */
}
