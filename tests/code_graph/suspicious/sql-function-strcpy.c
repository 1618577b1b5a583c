Datum
from_sql(PG_FUNCTION_ARGS)
{
	char buf[10];

	strcpy(buf, PG_GETARG_CSTRING(0)); /* expect: sql-function-strcpy unbounded-string-copy */
	PG_RETURN_VOID();
}

void
not_from_sql(char *to, const char *from)
{
	strcpy(to, from); /* expect: unbounded-string-copy */
}
