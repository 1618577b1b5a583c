Datum
raw(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		return NULL; /* expect: raw-return-of-datum */
	return (Datum) 0;
}

char *
no_datum(int n)
{
	return NULL;
}
