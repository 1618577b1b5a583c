Datum
converts(PG_FUNCTION_ARGS)
{
	int n = (int) PG_GETARG_DATUM(0); /* expect: datum-cast */
	int m = DatumGetInt32(PG_GETARG_DATUM(0));
	char *name = (char *) DatumGetPointer(PG_GETARG_DATUM(1));

	(void) DirectFunctionCall1(foo, n);
	PG_RETURN_INT32(n + m);
}
