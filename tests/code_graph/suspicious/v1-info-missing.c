PG_FUNCTION_INFO_V1(known);

Datum
known(PG_FUNCTION_ARGS)
{
	PG_RETURN_VOID();
}

Datum /* expect: v1-info-missing */
unknown(PG_FUNCTION_ARGS)
{
	PG_RETURN_VOID();
}

static Datum
helper(PG_FUNCTION_ARGS)
{
	PG_RETURN_VOID();
}
