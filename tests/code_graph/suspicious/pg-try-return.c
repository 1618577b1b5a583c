Datum returns_out(PG_FUNCTION_ARGS)
{
	PG_TRY();
	{
		if (work())
			return 1; /* expect: pg-try-return */
		PG_RETURN_VOID(); /* expect: pg-try-return */
	}
	PG_CATCH();
	{
		PG_RE_THROW();
	}
	PG_END_TRY();
	PG_RETURN_VOID();
}
