Datum /* expect: pg-return-missing */
forgets_result(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	work();
}

Datum
gives_result(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	else if (work())
		PG_RETURN_VOID();
	elog(ERROR, "failed");
}

Datum
gives_in_switch(PG_FUNCTION_ARGS)
{
	for (;;)
	{
		if (work())
			PG_RETURN_VOID();
	}
}
